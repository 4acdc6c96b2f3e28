import type { Pattern, SseItem } from '#streaming';
import { AnswerReader } from './answer-reader.js';
import type { Clock } from './clock.js';
import type { LineWriter } from './lines.js';
import { toMetrics } from './metrics.js';
import type { AnswerEnd, AnswerOptions, Segment } from './upstream-answer.js';
import { UpstreamAnswer } from './upstream-answer.js';
import type { Counts } from './usage.js';

export interface OllamaAnswerOptions extends AnswerOptions {
  /** As the client wrote it: the answer echoes it (contract §1.1). */
  readonly model: string;
  readonly clock: Clock;
  /** When the request came in, by the clock. */
  readonly received: number;
  /** Tokens of the prompt, estimated; used only where the backend counts nothing. */
  readonly promptEstimate: number;
  /** Made of the whole answer; only /api/generate has one. */
  readonly context?: (content: string) => number[] | undefined;
}

/**
 * One answer in Ollama's form: events in, lines out, one batch at a time. Text that came in one batch leaves as one
 * line, one kind a line; tool calls leave whole, on their own line before the last (contract §2.5, clients §6).
 */
export class OllamaAnswer<Line> {
  private readonly reader: AnswerReader;
  private readonly sent: number;
  private firstText: number | undefined;
  private content = '';
  private thinking = '';
  private logprobs: NonNullable<Segment['logprobs']> = [];
  private counts: Counts | undefined;

  constructor(
    private readonly options: OllamaAnswerOptions,
    private readonly write: LineWriter<Line>,
  ) {
    this.reader = new AnswerReader(new UpstreamAnswer(options));
    this.sent = options.clock.now();
  }

  /** Stop sequences that the backend was not told: the text is cut at them here. */
  watchStops(stops: readonly string[]): void {
    this.reader.answer.watchStops(stops);
  }

  /** Nothing more needs to be read from the backend. */
  get isOver(): boolean {
    return this.reader.isOver;
  }

  /** A finish reason was seen: only usage can follow. */
  get isFinished(): boolean {
    return this.reader.answer.isFinished;
  }

  /** Tokens as the backend counted them; known at the end. */
  get usage(): { input: number; output: number; cached?: number; reasoning?: number } | undefined {
    const { counts } = this;
    return counts && { input: counts.prompt, output: counts.completion, ...counts.details };
  }

  /** Why the answer ended, in the backend's words; empty where it did not say. */
  get finishReason(): string {
    return this.reader.answer.finishReason;
  }

  /** What the backend calls the model that answered; empty where it did not say. */
  get responseModel(): string {
    return this.reader.answer.model;
  }

  /** What most events look like, for the decoder to find them by. */
  get pattern(): Pattern | undefined {
    return this.reader.pattern;
  }

  /** Lines for everything told by this batch; none for role-only and empty deltas. */
  read(items: readonly SseItem[]): Line[] {
    this.reader.read(items);
    return this.takeLines();
  }

  /**
   * The lines that end a stream.
   * @throws ProxyException when the answer failed; lines for the text before the failure have been returned by `read`
   */
  end(): Line[] {
    const end = this.finish();
    const lines = this.takeLines();
    if (end.toolCalls.length > 0) lines.push(this.line({ toolCalls: end.toolCalls }));
    lines.push(this.line({ done: this.done(end) }));
    return lines;
  }

  /** A whole JSON answer of the backend, to be told by `end` or `whole`. */
  readWhole(text: string): void {
    this.reader.readWhole(text);
  }

  /** The whole answer as one object. @throws ProxyException when it failed */
  whole(): Line {
    const end = this.finish();
    this.collect(this.reader.answer.take());
    return this.line({
      content: this.content,
      thinking: this.thinking,
      toolCalls: end.toolCalls,
      logprobs: this.logprobs,
      done: this.done(end),
    });
  }

  private finish(): AnswerEnd {
    if (this.reader.failure) throw this.reader.failure;
    const end = this.reader.answer.end(this.reader.closed);
    this.counts = end.counts;
    return end;
  }

  private takeLines(): Line[] {
    const segments = this.reader.answer.take();
    if (segments.length === 0) return [];
    this.firstText ??= this.options.clock.now();
    this.collect(segments);
    return segments.map(({ kind, text, logprobs }) => this.line({ [kind]: text, ...(logprobs && { logprobs }) }));
  }

  private collect(segments: readonly Segment[]): void {
    for (const { kind, text, logprobs } of segments) {
      this[kind] += text;
      if (logprobs) this.logprobs.push(...logprobs);
    }
  }

  private done(end: AnswerEnd): NonNullable<Parameters<LineWriter<Line>>[2]['done']> {
    const { clock, received, promptEstimate } = this.options;
    const times = {
      received,
      sent: this.sent,
      ended: clock.now(),
      ...(this.firstText !== undefined && { firstText: this.firstText }),
    };
    const context = this.options.context?.(this.content);
    return { reason: end.reason, metrics: toMetrics(end, times, promptEstimate), ...(context && { context }) };
  }

  private line(parts: Parameters<LineWriter<Line>>[2]): Line {
    return this.write(this.options.model, this.options.clock.timestamp(), parts);
  }
}
