import type { DoneReason, OllamaLogprob, OllamaToolCall, OpenAiAnswer, OpenAiChoice, OpenAiDelta } from '#contracts';
import type { ProxyException } from '#errors';
import { TranslationError } from '#errors';
import { reasoningOf, textOf } from './delta-text.js';
import { toOllamaLogprobs } from './logprobs.js';
import { StopWatcher } from './stop-watcher.js';
import { ThinkSplitter } from './think-splitter.js';
import { ToolCallCollector } from './tool-call-collector.js';
import type { BackendTimes, Counts } from './usage.js';
import { countTokens, timedCountsIn, timesIn, usageIn } from './usage.js';

/** A stretch of one kind of text, merged from everything that came together. */
export interface Segment {
  readonly kind: 'thinking' | 'content';
  text: string;
  logprobs?: OllamaLogprob[];
}

/** How an answer ended well. */
export interface AnswerEnd {
  readonly reason: DoneReason;
  readonly toolCalls: OllamaToolCall[];
  /** From the backend, or counted here where it told nothing. */
  readonly counts: Counts | undefined;
  readonly deltas: number;
  readonly times: BackendTimes;
}

export interface AnswerOptions {
  /** False drops the thinking: the client asked for none. */
  readonly thinking: boolean;
  readonly topLogprobs: number;
  readonly newId: () => string;
}

const CUT_SHORT = new Set(['length', 'max_tokens', 'model_length']);
/** Finish reasons that say the backend gave up (dialects §5). */
const GAVE_UP = new Set(['error', 'abort', 'network_error', 'insufficient_system_resource']);

/**
 * Everything the backend has said in one answer, read event by event (dialects rules 6–23). Text, reasoning, tool calls,
 * finish reason and usage are taken independently of each other, since they share events in every combination.
 */
export class UpstreamAnswer {
  private readonly tools = new ToolCallCollector();
  private readonly splitter = new ThinkSplitter((kind, text) => {
    if (kind === 'content') this.stops.push(text);
    else this.say(kind, text);
  });
  private readonly pushContent = (text: string): void => {
    this.splitter.push(text);
  };
  private stops = this.watcherOf([]);
  private segments: Segment[] = [];
  /** As the backend told them; empty until then. */
  finishReason = '';
  model = '';
  private counts: Counts | undefined;
  /** Used where no usage is told. */
  private timedCounts: Counts | undefined;
  private times: BackendTimes = {};
  private deltas = 0;
  private saidSomething = false;
  private streamedText = false;

  constructor(private readonly options: AnswerOptions) {}

  /** Stop sequences that the backend was not told. Before the first event. */
  watchStops(stops: readonly string[]): void {
    this.stops = this.watcherOf(stops);
  }

  /** The answer was cut at a watched stop sequence: whatever follows was not asked for. */
  get isStopped(): boolean {
    return this.stops.isHit;
  }

  /** True once a finish reason was seen: whatever follows is usage at most. */
  get isFinished(): boolean {
    return this.finishReason !== '' || this.stops.isHit;
  }

  read(answer: OpenAiAnswer): void {
    if (this.model === '' && typeof answer.model === 'string') this.model = answer.model;
    const usage = usageIn(answer);
    if (usage) this.counts = countTokens(usage);
    this.timedCounts = timedCountsIn(answer) ?? this.timedCounts;
    const times = timesIn(answer, usage);
    if (times) this.times = { ...this.times, ...times };
    const choice = answer.choices?.find((each) => (each.index ?? 0) === 0);
    if (!choice) return;
    this.readChoice(choice);
    if (choice.finish_reason) this.finishReason ||= choice.finish_reason;
  }

  /** An event that says nothing but this text. */
  readPlain(text: string): void {
    if (text !== '') this.readText(text, this.pushContent);
  }

  /** What can be told since the last call, in order. */
  take(): Segment[] {
    const segments = this.segments;
    if (segments.length > 0) this.segments = [];
    return segments;
  }

  /**
   * The body has ended. Call it before the last `take`, since text may have been held back.
   * @param closed whether the backend said itself that this was all (`[DONE]`, or a whole JSON answer)
   * @throws ProxyException when the answer is broken: cut short, empty without a reason, given up
   */
  end(closed: boolean): AnswerEnd {
    this.splitter.end();
    this.stops.end();
    const failure = this.failureAtEnd(closed);
    if (failure) throw failure;
    const cutShort = CUT_SHORT.has(this.finishReason) && !this.stops.isHit;
    return {
      reason: cutShort ? 'length' : 'stop',
      toolCalls: this.tools.finish(this.options.newId, cutShort),
      counts: this.counts ?? this.timedCounts,
      deltas: this.deltas,
      times: this.times,
    };
  }

  private failureAtEnd(closed: boolean): ProxyException | undefined {
    if (GAVE_UP.has(this.finishReason)) {
      return new TranslationError(`upstream error: the backend gave up (finish reason "${this.finishReason}")`);
    }
    if (this.isFinished) return undefined;
    if (!this.saidSomething && this.tools.isEmpty) {
      return new TranslationError('upstream error: the backend returned an empty answer');
    }
    return closed ? undefined : new TranslationError('upstream error: the answer broke off before its end');
  }

  private readChoice(choice: OpenAiChoice): void {
    const before = this.segments.at(-1);
    if (choice.delta) this.readDelta(choice.delta);
    else if (choice.message && !this.streamedText) this.readDelta(choice.message);
    else if (typeof choice.text === 'string' && choice.text !== '')
      this.readText(choice.text, (text) => this.stops.push(text));
    if (choice.logprobs) this.attachLogprobs(toOllamaLogprobs(choice, this.options.topLogprobs), before);
  }

  private readDelta(delta: OpenAiDelta): void {
    const reasoning = reasoningOf(delta);
    if (reasoning !== '') this.readText(reasoning, (text) => this.say('thinking', text));
    const text = textOf(delta);
    if (text !== '') this.readText(text, this.pushContent);
    if (typeof delta.refusal === 'string' && delta.refusal !== '' && text === '') {
      this.readText(delta.refusal, (each) => this.stops.push(each));
    }
    for (const fragment of delta.tool_calls ?? []) this.tools.add(fragment);
  }

  private readText(text: string, tell: (text: string) => void): void {
    this.deltas += 1;
    this.saidSomething = true;
    this.streamedText = true;
    tell(text);
  }

  private watcherOf(stops: readonly string[]): StopWatcher {
    return new StopWatcher(stops, (text) => {
      this.say('content', text);
    });
  }

  private say(kind: Segment['kind'], text: string): void {
    if (kind === 'thinking' && !this.options.thinking) return;
    const last = this.segments.at(-1);
    if (last?.kind === kind) last.text += text;
    else this.segments.push({ kind, text });
  }

  /** They belong to the text that came with them; with no text to tell yet they go with the next. */
  private attachLogprobs(logprobs: OllamaLogprob[], before: Segment | undefined): void {
    if (logprobs.length === 0) return;
    let segment = this.segments.at(-1) ?? before;
    if (!segment) {
      segment = { kind: 'content', text: '' };
      this.segments.push(segment);
    }
    segment.logprobs = [...(segment.logprobs ?? []), ...logprobs];
  }
}
