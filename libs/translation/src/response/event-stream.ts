import type { AnsweredTurn, OllamaToolCall } from '#contracts';
import { joinBytes } from '#json-bytes';
import { ResponseDecoder } from '#streaming';
import type { CompletionEnd, CompletionOptions, Segment } from './completion-assembler.js';
import { CompletionAssembler, toTurn } from './completion-assembler.js';
import { EventReader } from './event-reader.js';

/** Tokens as the upstream counted them. */
interface EventUsage {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** How a completion ended, for an encoder. */
export interface EventEnd {
  /** In the upstream's words; empty where it sent none. */
  readonly finishReason: string;
  readonly toolCalls: readonly OllamaToolCall[];
  readonly usage: EventUsage | undefined;
}

/** Writes a completion in the form of one API: as events, or as one object. */
export interface EventEncoder {
  text(segments: readonly Segment[]): string;
  end(end: EventEnd): string;
  whole(segments: readonly Segment[], end: EventEnd): object;
}

export interface EventStreamOptions extends CompletionOptions {
  /** Content-Type of the upstream's response. */
  readonly contentType: string;
  /** False keeps the text for `whole`. */
  readonly isStreamed: boolean;
}

/**
 * The body of an upstream's response in the form of an API that is neither Ollama's nor chat completions. Used as
 * OllamaStream is: `feed` until `isOver`, `flush` when the body ends before that, then `end` or `whole`.
 */
export class EventStream {
  private readonly decoder: ResponseDecoder;
  private readonly reader: EventReader;
  private readonly completion: CompletionAssembler;
  private readonly kept: Segment[] = [];
  usage: EventUsage | undefined;
  private content = '';
  private ended: CompletionEnd | undefined;

  constructor(
    private readonly options: EventStreamOptions,
    private readonly encoder: EventEncoder,
  ) {
    this.decoder = new ResponseDecoder(options.contentType);
    this.completion = new CompletionAssembler({ ...options, hasFilterReason: true });
    this.reader = new EventReader(this.completion);
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
    return this.completion.finishReason;
  }

  get responseModel(): string {
    return this.completion.model;
  }

  get turn(): AnsweredTurn | undefined {
    return this.ended && toTurn(this.ended, this.content);
  }

  feed(chunks: readonly Uint8Array[]): string[] {
    this.reader.read(this.decoder.feed(joinBytes(chunks), this.reader.template));
    return this.takeEvents();
  }

  flush(): string[] {
    const whole = this.decoder.whole();
    if (whole !== undefined) {
      this.reader.readWhole(whole);
      return [];
    }
    this.reader.read(this.decoder.end());
    return this.takeEvents();
  }

  /** The events that end a stream. @throws ProxyException when the completion failed */
  end(): string[] {
    const end = this.finish();
    return [...this.takeEvents(), this.encoder.end(end)];
  }

  /** @throws ProxyException when the completion failed */
  whole(): object {
    const end = this.finish();
    const segments = this.completion.take();
    this.collectContent(segments);
    this.keep(segments);
    return this.encoder.whole(this.kept, end);
  }

  private takeEvents(): string[] {
    const segments = this.completion.take();
    if (segments.length === 0) return [];
    this.collectContent(segments);
    if (this.options.isStreamed) return [this.encoder.text(segments)];
    this.keep(segments);
    return [];
  }

  private collectContent(segments: readonly Segment[]): void {
    for (const { kind, text } of segments) if (kind === 'content') this.content += text;
  }

  private keep(segments: readonly Segment[]): void {
    for (const { kind, text } of segments) {
      const last = this.kept.at(-1);
      if (last?.kind === kind) last.text += text;
      else this.kept.push({ kind, text });
    }
  }

  private finish(): EventEnd {
    if (this.reader.failure) throw this.reader.failure;
    this.ended = this.completion.end(this.reader.isClosed);
    const { toolCalls, counts } = this.ended;
    this.usage = counts && { input: counts.prompt, output: counts.completion, ...counts.details };
    return { finishReason: this.finishReason, toolCalls, usage: this.usage };
  }
}
