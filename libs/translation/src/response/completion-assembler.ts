import type { DoneReason, OllamaLogprob, OllamaToolCall, OpenAiAnswer, OpenAiChoice, OpenAiDelta } from '#contracts';
import type { ProxyException } from '#errors';
import { TranslationError } from '#errors';
import { reasoningOf, textOf } from './delta-text.js';
import { toOllamaLogprobs } from './logprobs.js';
import { StopWatcher } from './stop-watcher.js';
import { ThinkSplitter } from './think-splitter.js';
import { ToolCallCollector } from './tool-call-collector.js';
import type { TokenCounts, UpstreamTimes } from './usage.js';
import { countTokens, estimateTokens, timedCountsIn, timesIn, usageIn } from './usage.js';

/** Text of one kind, joined from consecutive deltas. */
export interface Segment {
  readonly kind: 'thinking' | 'content';
  text: string;
  logprobs?: OllamaLogprob[];
}

/** How a successful completion ended. */
export interface CompletionEnd {
  readonly reason: DoneReason;
  readonly toolCalls: OllamaToolCall[];
  /** As the upstream counted; absent where it sent no usage. */
  readonly counts: TokenCounts | undefined;
  /** Number of deltas with text: an estimate of the tokens. */
  readonly deltas: number;
  readonly times: UpstreamTimes;
}

export interface CompletionOptions {
  /** False drops the thinking: the client did not want it. */
  readonly thinking: boolean;
  readonly topLogprobs: number;
  readonly newId: () => string;
  /** Stop sequences that were not sent to the upstream; the text is cut at them here. */
  readonly watchedStops: readonly string[];
  /** Tool names as sent to the upstream → as the client knows them, where they differ. */
  readonly toolNames?: ReadonlyMap<string, string>;
}

const LENGTH_REASONS = new Set(['length', 'max_tokens', 'model_length']);
/** Finish reasons of a failed generation (protocol D50). */
const FAILURE_REASONS = new Set(['error', 'abort', 'network_error', 'insufficient_system_resource']);

/**
 * Puts one completion together from its events (protocol D6 to protocol D23). Text, reasoning, tool calls, finish reason and
 * usage are read independently of each other, since they occur in one event in every combination.
 */
export class CompletionAssembler {
  private readonly tools = new ToolCallCollector();
  private readonly stops: StopWatcher;
  private readonly splitter: ThinkSplitter;
  private segments: Segment[] = [];
  /** In the upstream's words; empty until it is known. */
  finishReason = '';
  model = '';
  private counts: TokenCounts | undefined;
  /** Used where no usage comes. */
  private timedCounts: TokenCounts | undefined;
  private times: UpstreamTimes = {};
  private deltas = 0;
  private characters = 0;
  private argumentCharacters = 0;

  constructor(private readonly options: CompletionOptions) {
    this.stops = new StopWatcher(options.watchedStops, (text) => {
      this.append('content', text);
    });
    this.splitter = new ThinkSplitter((kind, text) => {
      if (kind === 'content') this.stops.push(text);
      else this.append(kind, text);
    });
  }

  /** The text was cut at a watched stop sequence: what follows is not part of the completion. */
  get isStopped(): boolean {
    return this.stops.isHit;
  }

  /** A finish reason has come: at most usage follows. */
  get isFinished(): boolean {
    return this.finishReason !== '' || this.stops.isHit;
  }

  /** Tokens so far: the upstream's counts if it has sent them already, else an estimate of the output. */
  get estimate(): { readonly input: number | undefined; readonly output: number } {
    const counts = this.counts ?? this.timedCounts;
    const output = estimateTokens(this.deltas, this.characters) + estimateTokens(0, this.argumentCharacters);
    return { input: counts?.prompt, output: Math.max(output, counts?.completion ?? 0) };
  }

  /** Adds one parsed event. */
  add(event: OpenAiAnswer): void {
    if (this.model === '' && typeof event.model === 'string') this.model = event.model;
    const usage = usageIn(event);
    if (usage) this.counts = countTokens(usage);
    this.timedCounts = timedCountsIn(event) ?? this.timedCounts;
    const times = timesIn(event, usage);
    if (times) this.times = { ...this.times, ...times };
    const choice = event.choices?.find((each) => (each.index ?? 0) === 0);
    if (!choice) return;
    this.addChoice(choice);
    if (choice.finish_reason) this.finishReason ||= choice.finish_reason;
  }

  /** Adds an event that contains only this text. */
  addText(text: string): void {
    if (text === '') return;
    this.count(text);
    this.splitter.push(text);
  }

  /** The text since the last call, in order. */
  take(): Segment[] {
    const { segments } = this;
    if (segments.length > 0) this.segments = [];
    return segments;
  }

  /**
   * Ends the completion. The last `take` comes after it, since text may have been held back.
   * @param isClosed whether the upstream ended the completion itself (`[DONE]`, or a whole JSON response)
   * @throws ProxyException when the completion is incomplete, empty without a finish reason, or failed
   */
  end(isClosed: boolean): CompletionEnd {
    this.splitter.end();
    this.stops.end();
    const failure = this.failureAtEnd(isClosed);
    if (failure) throw failure;
    const isCut = LENGTH_REASONS.has(this.finishReason) && !this.stops.isHit;
    return {
      reason: isCut ? 'length' : 'stop',
      toolCalls: this.restoreNames(this.tools.finish(this.options.newId, isCut)),
      counts: this.counts ?? this.timedCounts,
      deltas: this.deltas,
      times: this.times,
    };
  }

  private restoreNames(calls: OllamaToolCall[]): OllamaToolCall[] {
    const { toolNames } = this.options;
    if (!toolNames?.size) return calls;
    return calls.map((call) => ({
      ...call,
      function: { ...call.function, name: toolNames.get(call.function.name) ?? call.function.name },
    }));
  }

  private failureAtEnd(isClosed: boolean): ProxyException | undefined {
    if (FAILURE_REASONS.has(this.finishReason)) {
      return new TranslationError(`upstream error: generation failed (finish reason "${this.finishReason}")`);
    }
    if (this.isFinished) return undefined;
    if (this.deltas === 0 && this.tools.isEmpty) return new TranslationError('upstream error: empty answer');
    return isClosed ? undefined : new TranslationError('upstream error: the answer broke off before its end');
  }

  private addChoice(choice: OpenAiChoice): void {
    const before = this.segments.at(-1);
    if (choice.delta) this.addDelta(choice.delta);
    // Some upstreams repeat the whole message beside or after its deltas.
    else if (choice.message && this.deltas === 0) this.addDelta(choice.message);
    else if (typeof choice.text === 'string') this.addUnsplit(choice.text);
    if (choice.logprobs) this.attachLogprobs(toOllamaLogprobs(choice, this.options.topLogprobs), before);
  }

  private addDelta(delta: OpenAiDelta): void {
    const reasoning = reasoningOf(delta);
    if (reasoning !== '') {
      this.count(reasoning);
      this.append('thinking', reasoning);
    }
    const text = textOf(delta);
    this.addText(text);
    if (typeof delta.refusal === 'string' && text === '') this.addUnsplit(delta.refusal);
    for (const fragment of delta.tool_calls ?? []) {
      this.tools.add(fragment);
      const text = fragment.function?.arguments;
      if (typeof text === 'string') this.argumentCharacters += text.length;
    }
  }

  private count(text: string): void {
    this.deltas += 1;
    this.characters += text.length;
  }

  /** Adds text in which think tags mean nothing. */
  private addUnsplit(text: string): void {
    if (text === '') return;
    this.count(text);
    this.stops.push(text);
  }

  private append(kind: Segment['kind'], text: string): void {
    if (kind === 'thinking' && !this.options.thinking) return;
    const last = this.segments.at(-1);
    if (last?.kind === kind) last.text += text;
    else this.segments.push({ kind, text });
  }

  /** Logprobs go with the text of their event; when that text is held back, with the next. */
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
