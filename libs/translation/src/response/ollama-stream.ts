import type { AnsweredTurn, OpenedThinking } from '#contracts';
import { joinShortChunks } from '#json-bytes';
import { ResponseDecoder } from '#streaming';
import type { Clock } from './clock.js';
import type { CompletionEnd, CompletionOptions, Segment } from './completion-assembler.js';
import { CompletionAssembler, toTurn } from './completion-assembler.js';
import { EventReader } from './event-reader.js';
import type { LineParts, LineWriter } from './lines.js';
import { LineEncoder } from './lines.js';
import { toMetrics } from './metrics.js';
import type { ReplyStream } from './reply-stream.js';
import type { TokenCounts } from './usage.js';

export interface OllamaStreamOptions extends CompletionOptions {
  /** As the client wrote it; every line repeats it (protocol W17). */
  readonly model: string;
  /** Content-Type of the upstream's response. */
  readonly contentType: string;
  readonly clock: Clock;
  /** When the client's request arrived, by the clock. */
  readonly received: number;
  /** When it was sent to the upstream, by the clock. */
  readonly sent: number;
  /** Estimated tokens of the prompt, for upstreams that send no usage. */
  readonly promptEstimate: number;
  /** The `context` for the whole text; only /api/generate has one. */
  readonly context?: (content: string) => number[] | undefined;
}

/**
 * The body of an upstream's response to lines in Ollama's form. Text becomes one line for each kind, in
 * however many events it came; tool calls come whole, on a line of their own before the last (protocol W31, protocol C17).
 *
 * Call `feed` for each batch until `isOver`, and `take` when lines can be written; `flush` when the body ends before that, then
 * `end` or `whole`.
 */
export class OllamaStream<Line extends object> implements ReplyStream {
  private readonly decoder: ResponseDecoder;
  private readonly reader: EventReader;
  private readonly completion: CompletionAssembler;
  private readonly encoder: LineEncoder;
  private firstText: number | undefined;
  private content = '';
  private thinking = '';
  private logprobs: NonNullable<Segment['logprobs']> = [];
  private counts: TokenCounts | undefined;
  /** Known after `end` or `whole`. */
  turn: AnsweredTurn | undefined;

  constructor(
    private readonly options: OllamaStreamOptions,
    private readonly write: LineWriter<Line>,
  ) {
    this.completion = new CompletionAssembler(options);
    this.encoder = new LineEncoder(options.model, write);
    this.reader = new EventReader(this.completion);
    this.decoder = new ResponseDecoder(options.contentType, this.reader);
  }

  /** Nothing more needs to be read from the upstream. */
  get isOver(): boolean {
    return this.reader.isOver;
  }

  /** A finish reason has come: at most usage follows. */
  get isFinished(): boolean {
    return this.completion.isFinished;
  }

  /** Tokens as the upstream counted them; known after `end` or `whole`. */
  get usage(): { input: number; output: number; cached?: number; reasoning?: number } | undefined {
    const { counts } = this;
    return counts && { input: counts.prompt, output: counts.completion, ...counts.details };
  }

  /** Tokens so far, for a client that leaves before the end. */
  get estimatedUsage(): { readonly input: number | undefined; readonly output: number } {
    return this.completion.estimate;
  }

  /** Known after `end` or `whole`. */
  get openedThinking(): OpenedThinking | undefined {
    return this.completion.openedThinking(this.content);
  }

  /** The finish reason in the upstream's words; empty where it sent none. */
  get finishReason(): string {
    return this.completion.finishReason;
  }

  /** The upstream's name of the model that answered; empty where it sent none. */
  get responseModel(): string {
    return this.completion.model;
  }

  /**
   * Reads the bytes of one read.
   * @returns whether there is text for `take`
   * @throws TranslationError when the response is larger than what is held in memory
   */
  feed(chunks: readonly Uint8Array[]): boolean {
    for (const bytes of joinShortChunks(chunks)) this.decoder.feed(bytes);
    return this.hasText();
  }

  /** The body has ended before `isOver`. @returns whether there is text for `take` */
  flush(): boolean {
    const whole = this.decoder.whole();
    if (whole === undefined) {
      this.decoder.end();
      return this.hasText();
    }
    // Its text stays for `end`, so that a failure in it is known before the first line.
    this.reader.readWhole(whole);
    return false;
  }

  /** The lines of the text since the last call: one for each kind, in however many events it came. */
  take(): string[] {
    const segments = this.completion.take();
    if (segments.length === 0) return [];
    this.firstText ??= this.options.clock.now();
    this.collect(segments);
    return segments.map(({ kind, text, logprobs }) =>
      logprobs || text === ''
        ? this.encode({ [kind]: text, ...(logprobs && { logprobs }) })
        : this.encoder.encodeText(this.options.clock.timestamp(), kind, text),
    );
  }

  /** The lines that end a stream. @throws ProxyException when the completion failed; text before that is for `take` */
  end(): string[] {
    const end = this.finish();
    const lines = this.take();
    this.turn = toTurn(end, this.content);
    if (end.toolCalls.length > 0) lines.push(this.encode({ toolCalls: end.toolCalls }));
    lines.push(this.encode({ done: this.done(end) }));
    return lines;
  }

  /** The whole completion as one object. @throws ProxyException when it failed */
  whole(): Line {
    const end = this.finish();
    this.collect(this.completion.take());
    this.turn = toTurn(end, this.content);
    return this.write(this.options.model, this.options.clock.timestamp(), {
      content: this.content,
      thinking: this.thinking,
      toolCalls: end.toolCalls,
      logprobs: this.logprobs,
      done: this.done(end),
    });
  }

  private finish(): CompletionEnd {
    if (this.reader.failure) throw this.reader.failure;
    const end = this.completion.end(this.reader.isClosed);
    this.counts = end.counts;
    return end;
  }

  private hasText(): boolean {
    if (!this.completion.hasText) return false;
    this.firstText ??= this.options.clock.now();
    return true;
  }

  private collect(segments: readonly Segment[]): void {
    for (const { kind, text, logprobs } of segments) {
      this[kind] += text;
      if (logprobs) this.logprobs.push(...logprobs);
    }
  }

  private done(end: CompletionEnd): NonNullable<LineParts['done']> {
    const { clock, received, sent, promptEstimate } = this.options;
    const times = {
      received,
      sent,
      ended: clock.now(),
      ...(this.firstText !== undefined && { firstText: this.firstText }),
    };
    const context = this.options.context?.(this.content);
    return { reason: end.reason, metrics: toMetrics(end, times, promptEstimate), ...(context && { context }) };
  }

  private encode(parts: LineParts): string {
    return this.encoder.encode(this.options.clock.timestamp(), parts);
  }
}
