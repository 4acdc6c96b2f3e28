import type { AnsweredTurn, OllamaToolCall, SealedPart, OpenedThinking } from '#contracts';
import { joinShortChunks } from '#json-bytes';
import { ResponseDecoder } from '#streaming';
import type { CompletionEnd, CompletionOptions, Segment } from './completion-assembler.js';
import { CompletionAssembler, toTurn } from './completion-assembler.js';
import { EventReader } from './event-reader.js';
import type { ReplyStream } from './reply-stream.js';
import type { CallPiece } from './tool-call-collector.js';

/** Tokens as the upstream counted them. */
interface EventUsage {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** Text in which the model declines. */
interface RefusalText {
  readonly kind: 'refusal';
  readonly text: string;
}

/** A part of a completion, in the order in which it was generated. */
export type EventPart = Segment | RefusalText | CallPiece | SealedPart;

/** How a completion ended, for an encoder. */
export interface EventEnd {
  /** In the upstream's words; empty where it sent none. */
  readonly finishReason: string;
  readonly toolCalls: readonly OllamaToolCall[];
  readonly usage: EventUsage | undefined;
  /** The stop sequence that ended the text, where it is known. */
  readonly stopSequence: string | undefined;
}

/** Writes a completion in the form of one API: as events, or as one object. */
export interface EventEncoder {
  /** The pieces of a call come without anything between them. */
  parts(parts: readonly EventPart[]): string;
  end(end: EventEnd): string;
  /** Calls are in `end` only. */
  whole(parts: readonly EventPart[], end: EventEnd): object;
}

export interface EventStreamOptions extends Omit<CompletionOptions, 'onCall' | 'onRefusal' | 'onSealed'> {
  /** Content-Type of the upstream's response. */
  readonly contentType: string;
  /** False keeps the text for `whole`. */
  readonly isStreamed: boolean;
}

/**
 * The body of an upstream's response in the form of an API that is neither Ollama's nor chat completions. Used as
 * OllamaStream is: `feed` until `isOver`, `flush` when the body ends before that, then `end` or `whole`.
 */
export class EventStream implements ReplyStream {
  private readonly decoder: ResponseDecoder;
  private readonly reader: EventReader;
  private readonly completion: CompletionAssembler;
  /** Not yet written. */
  private ready: EventPart[] = [];
  /** What came while a call was incomplete: it follows the call. */
  private readonly later: EventPart[] = [];
  private isInCall = false;
  usage: EventUsage | undefined;
  private content = '';
  private ended: CompletionEnd | undefined;

  constructor(
    private readonly options: EventStreamOptions,
    private readonly encoder: EventEncoder,
  ) {
    this.completion = new CompletionAssembler({
      ...options,
      hasFilterReason: true,
      onRefusal: (text) => this.add({ kind: 'refusal', text }),
      ...(options.thinking && { onSealed: (text: string) => this.add({ kind: 'sealed', text }) }),
      ...(options.isStreamed && { onCall: (piece: CallPiece) => this.add(piece) }),
    });
    this.reader = new EventReader(this.completion);
    this.decoder = new ResponseDecoder(options.contentType, this.reader);
  }

  get isOver(): boolean {
    return this.reader.isOver;
  }

  get isFinished(): boolean {
    return this.completion.isFinished;
  }

  get estimatedUsage(): { readonly input: number | undefined; readonly output: number } {
    return this.completion.estimate;
  }

  get finishReason(): string {
    return this.completion.canonicalReason;
  }

  get responseModel(): string {
    return this.completion.model;
  }

  get turn(): AnsweredTurn | undefined {
    return this.ended && toTurn(this.ended, this.content);
  }

  get openedThinking(): OpenedThinking | undefined {
    return this.completion.openedThinking(this.content);
  }

  feed(chunks: readonly Uint8Array[]): boolean {
    for (const bytes of joinShortChunks(chunks)) this.decoder.feed(bytes);
    return this.hasEvents();
  }

  flush(): boolean {
    const whole = this.decoder.whole();
    if (whole !== undefined) {
      this.reader.readWhole(whole);
      return false;
    }
    this.decoder.end();
    return this.hasEvents();
  }

  take(): string[] {
    this.collect();
    const parts = this.isInCall ? this.ready : [...this.ready, ...this.later.splice(0)];
    if (parts.length === 0) return [];
    this.ready = [];
    return [this.encoder.parts(parts)];
  }

  /** The events that end a stream. @throws ProxyException when the completion failed */
  end(): string[] {
    const end = this.finish();
    this.isInCall = false;
    return [...this.take(), this.encoder.end(end)];
  }

  /** @throws ProxyException when the completion failed */
  whole(): object {
    const end = this.finish();
    this.collect();
    return this.encoder.whole(joined(this.ready), end);
  }

  private hasEvents(): boolean {
    this.collect();
    return this.ready.length > 0 || (!this.isInCall && this.later.length > 0);
  }

  /** Text that has come so far precedes what comes now. */
  private collect(): void {
    for (const segment of this.completion.take()) {
      if (segment.kind === 'content') this.content += segment.text;
      (this.isInCall ? this.later : this.ready).push(segment);
    }
  }

  private add(part: RefusalText | CallPiece | SealedPart): void {
    this.collect();
    if (part.kind !== 'call') {
      (this.isInCall ? this.later : this.ready).push(part);
      return;
    }
    if (!this.isInCall) this.ready.push(...this.later.splice(0));
    this.ready.push(part);
    this.isInCall = !part.isLast;
  }

  private finish(): EventEnd {
    if (this.reader.failure) throw this.reader.failure;
    this.ended = this.completion.end(this.reader.isClosed);
    const { toolCalls, counts } = this.ended;
    this.usage = counts && { input: counts.prompt, output: counts.completion, ...counts.details };
    const { stopSequence } = this.completion;
    return { finishReason: this.finishReason, toolCalls, usage: this.usage, stopSequence };
  }
}

/** Neighbours of one kind as one part, but for encrypted reasoning. */
function joined(parts: readonly EventPart[]): EventPart[] {
  const result: EventPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (last?.kind === part.kind && part.kind !== 'sealed')
      result[result.length - 1] = { ...last, text: last.text + part.text };
    else result.push(part);
  }
  return result;
}
