import type {
  AnsweredTurn,
  DoneReason,
  OllamaLogprob,
  OllamaToolCall,
  OpenAiAnswer,
  OpenAiChoice,
  OpenAiDelta,
  OpenedThinking,
  TurnParts,
} from '#contracts';
import type { ProxyException } from '#errors';
import { TranslationError } from '#errors';
import { isRecord } from '#primitives';
import { reasoningOf, textOf } from './delta-text.js';
import type { EndKind } from './finish-reason.js';
import { kindOfReason } from './finish-reason.js';
import { toOllamaLogprobs } from './logprobs.js';
import { StopWatcher } from './stop-watcher.js';
import { splitClosedThinking } from './think-marks.js';
import { ThinkSplitter } from './think-splitter.js';
import type { CallPiece } from './tool-call-collector.js';
import { ToolCallCollector } from './tool-call-collector.js';
import { TurnCollector } from './turn-collector.js';
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
  /** What the next request may have to bring back of an answer with tool calls. */
  readonly turnParts: TurnParts | undefined;
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
  /** The client's API has a finish reason for filtered answers; elsewhere they are failures. */
  readonly hasFilterReason?: boolean;
  /** Ids of calls earlier in the conversation; a call of this answer gets another one. */
  readonly takenIds?: ReadonlySet<string>;
  /** Closing mark of the thinking in which the text begins: the chat template has opened it. */
  readonly openedBy?: string | undefined;
  /** Takes the text in which a model declines; absent: it is content. */
  readonly onRefusal?: (text: string) => void;
  /** Takes encrypted reasoning; absent: it is among the parts of the turn only. */
  readonly onSealed?: (content: string) => void;
  /** Takes calls as they arrive; absent: they are complete at the end. */
  readonly onCall?: (piece: CallPiece) => void;
}

const SURROGATE = /[\ud800-\udfff]/;
const HALF_AT_END = /[\ud800-\udbff]$/;
/** With the flag u a pair is one character. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * Puts one completion together from its events (protocol D6 to protocol D23). Text, reasoning, tool calls, finish reason and
 * usage are read independently of each other, since they occur in one event in every combination.
 */
export class CompletionAssembler {
  private readonly tools: ToolCallCollector;
  /** Of choices that were not requested. */
  private readonly otherTools: ToolCallCollector;
  private readonly turn = new TurnCollector();
  private hasMessage = false;
  private readonly stops: StopWatcher;
  private readonly splitter: ThinkSplitter;
  private segments: Segment[] = [];
  /** In the upstream's words; empty until it is known. */
  finishReason = '';
  private endKind: EndKind | undefined;
  /** Text or a call came after a finish reason: this upstream sends reasons before the end. */
  private isReasonEarly = false;
  model = '';
  private counts: TokenCounts | undefined;
  /** Used where no usage comes. */
  private timedCounts: TokenCounts | undefined;
  private times: UpstreamTimes = {};
  private deltas = 0;
  private characters = 0;
  private argumentCharacters = 0;
  /** Thinking that the client does not want, as long as there is no content. */
  private unwanted = '';
  private hasContent = false;
  private hasThinking = false;
  /** Text that is thinking only because such a text came before, until its closing mark comes. */
  private assumed = '';
  /** What a whole message shows that has a closing mark without an opening one. */
  private closed: OpenedThinking | undefined;
  private isEnded = false;

  /** The stop sequence that ended the text, where the upstream names it. */
  private namedStop: string | undefined;

  constructor(private readonly options: CompletionOptions) {
    this.tools = new ToolCallCollector(options.takenIds);
    this.otherTools = new ToolCallCollector(options.takenIds);
    this.stops = new StopWatcher(options.watchedStops, (text) => {
      this.append('content', text);
    });
    this.splitter = new ThinkSplitter((kind, text) => {
      if (kind === 'content') this.stops.push(text);
      else {
        if (this.splitter.beginning === 'open' && options.thinking) this.assumed += text;
        this.append(kind, text);
      }
    }, options.openedBy);
  }

  /** Text is watched for stop sequences: what is behind one does not count. */
  get isWatching(): boolean {
    return this.options.watchedStops.length > 0;
  }

  /** The text was cut at a watched stop sequence; the text after it is not part of the completion. */
  get isStopped(): boolean {
    return this.stops.isHit;
  }

  /** The stop sequence that ended the text; undefined where there was none or the upstream does not name it. */
  get stopSequence(): string | undefined {
    return this.stops.found ?? this.namedStop;
  }

  /** A finish reason that can be trusted has come: at most usage follows. */
  get isFinished(): boolean {
    const isKnown = this.endKind !== undefined && this.endKind !== 'unknown';
    return (isKnown && !this.isReasonEarly) || this.stops.isHit;
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
    for (const choice of event.choices ?? []) {
      // One answer was requested: some upstreams put its tool calls into a choice of their own.
      if ((choice.index ?? 0) === 0) this.addChoice(choice);
      else this.addCalls(choice.delta ?? choice.message, this.otherTools);
      this.readReason(choice.finish_reason);
    }
  }

  /**
   * Adds the text of events that contain only text.
   * @param deltas number of those that are not empty
   */
  addText(text: string, deltas = 1): void {
    if (text === '') return;
    this.count(text, deltas);
    this.splitter.push(text);
  }

  /** The finish reason in OpenAI's words where it has one for it. */
  get canonicalReason(): string {
    if (this.endKind === 'length') return 'length';
    return this.endKind === 'filter' ? 'content_filter' : this.finishReason;
  }

  /** There is text for `take`. */
  get hasText(): boolean {
    return this.segments.length > 0;
  }

  /** The text since the last call, in order. */
  take(): Segment[] {
    const { segments } = this;
    if (segments.length === 0) return segments;
    this.segments = [];
    for (const segment of segments) this.mendSurrogates(segment, segment === segments.at(-1));
    const { text, logprobs } = segments.at(-1) ?? {};
    if (text === '' && !logprobs && this.segments.length > 0) segments.pop();
    return segments;
  }

  /** Half of a pair is U+FFFD, as in Go. Half at the end waits for the other one in the next text. */
  private mendSurrogates(segment: Segment, isLast: boolean): void {
    if (!SURROGATE.test(segment.text)) return;
    if (isLast && !this.isEnded && HALF_AT_END.test(segment.text)) {
      this.segments.push({ kind: segment.kind, text: segment.text.slice(-1) });
      segment.text = segment.text.slice(0, -1);
    }
    segment.text = segment.text.replace(LONE_SURROGATES, '\ufffd');
  }

  /**
   * Ends the completion. The last `take` comes after it, since text may have been held back.
   * @param isClosed whether the upstream ended the completion itself (`[DONE]`, or a whole JSON response)
   * @throws ProxyException when the completion is incomplete, empty without a finish reason, or failed
   */
  end(isClosed: boolean): CompletionEnd {
    this.splitter.end();
    this.stops.end();
    this.isEnded = true;
    const failure = this.failureAtEnd(isClosed);
    if (failure) throw failure;
    const isCut = this.endKind === 'length' && !this.stops.isHit;
    // The calls of the first choice, else those of the others.
    const tools = this.tools.isEmpty ? this.otherTools : this.tools;
    const toolCalls = tools.finish(this.options.newId, isCut);
    const hasCalls = toolCalls.length > 0 || (this.options.onCall !== undefined && !tools.isEmpty);
    if (!hasCalls) this.useThinking();
    if (this.options.onCall) this.passCalls(tools.rest(toolCalls));
    return {
      reason: isCut ? 'length' : this.isFiltered && this.deltas > 0 ? 'content_filter' : 'stop',
      toolCalls: this.restoreNames(toolCalls),
      turnParts: toolCalls.length > 0 ? this.turn.finish(tools.extraContents) : undefined,
      counts: this.counts ?? this.timedCounts,
      deltas: this.deltas,
      times: this.times,
    };
  }

  /** The first reason counts, unless the answer went on after it. */
  private readReason(reason: string | null | undefined): void {
    const kind = kindOfReason(reason);
    if (kind === undefined || (this.endKind !== undefined && !this.isReasonEarly)) return;
    this.endKind = kind;
    this.finishReason = String(reason);
  }

  private get isFiltered(): boolean {
    return this.endKind === 'filter' && !this.stops.isHit;
  }

  private passCalls(pieces: readonly CallPiece[]): void {
    for (const piece of pieces) this.options.onCall?.({ ...piece, name: this.restoreName(piece.name) });
  }

  private restoreNames(calls: OllamaToolCall[]): OllamaToolCall[] {
    if (!this.options.toolNames?.size) return calls;
    return calls.map((call) => ({
      ...call,
      function: { ...call.function, name: this.restoreName(call.function.name) },
    }));
  }

  private restoreName(name: string): string {
    return this.options.toolNames?.get(name) ?? name;
  }

  private failureAtEnd(isClosed: boolean): ProxyException | undefined {
    if (this.endKind === 'failure' || this.endKind === 'malformed')
      return new TranslationError(`upstream error: generation failed (finish reason "${this.finishReason}")`);
    // With text the done reason shows what happened. An upstream may also report the filter without any message.
    if (this.isFiltered && this.hasMessage && this.deltas === 0 && this.tools.isEmpty && !this.options.hasFilterReason)
      return new TranslationError(
        `upstream error: the answer was withheld (finish reason "${this.finishReason}")`,
        400,
      );
    if (this.endKind !== undefined || this.stops.isHit) return undefined;
    if (this.deltas === 0 && this.tools.isEmpty && this.otherTools.isEmpty)
      return new TranslationError('upstream error: empty answer');
    return isClosed ? undefined : new TranslationError('upstream error: the answer broke off before its end');
  }

  private addChoice(choice: OpenAiChoice): void {
    this.hasMessage ||= Boolean(choice.delta ?? choice.message) || typeof choice.text === 'string';
    const before = this.segments.at(-1);
    if (choice.delta) this.addDelta(choice.delta);
    // Some upstreams repeat the whole message beside or after its deltas.
    else if (choice.message && this.deltas === 0) this.addMessage(choice.message);
    else if (typeof choice.text === 'string') this.addUnsplit(choice.text);
    // vLLM has the sequence here, and the number of a token where one ended the text.
    if (typeof choice.stop_reason === 'string') this.namedStop = choice.stop_reason;
    if (choice.logprobs) this.attachLogprobs(toOllamaLogprobs(choice, this.options.topLogprobs), before);
  }

  /** Adds an event that contains only this delta, of the first choice. */
  addDelta(delta: OpenAiDelta): void {
    const reasoning = reasoningOf(delta);
    this.turn.add(delta, reasoning);
    if (reasoning !== '') {
      this.splitter.expectContent();
      this.count(reasoning);
      this.append('thinking', reasoning);
    }
    if (this.options.onSealed && Array.isArray(delta.responses_items)) this.passSealed(delta.responses_items);
    const text = textOf(delta);
    this.addText(text);
    if (typeof delta.refusal === 'string' && text === '') this.addRefusal(delta.refusal);
    this.addCalls(delta);
  }

  private passSealed(items: readonly unknown[]): void {
    for (const item of items)
      if (isRecord(item) && typeof item.encrypted_content === 'string') this.options.onSealed?.(item.encrypted_content);
  }

  /** A whole message: thinking that it closes without having opened it is known at once. */
  private addMessage(message: OpenAiDelta): void {
    this.splitter.expectContent();
    const split = splitClosedThinking(textOf(message));
    if (!split) {
      this.addDelta(message);
      return;
    }
    this.closed = { closing: split.closing, isOpened: true, isCertain: split.isLineEnd };
    this.count(split.thinking);
    this.append('thinking', split.thinking);
    this.addDelta({ ...message, content: split.content });
  }

  private addCalls(delta: OpenAiDelta | null | undefined, tools = this.tools): void {
    for (const fragment of delta?.tool_calls ?? []) {
      tools.add(fragment);
      const { name, arguments: text } = fragment.function ?? {};
      if (typeof text === 'string') this.argumentCharacters += text.length;
      if (text || name) this.continueAfterReason();
    }
    if (this.options.onCall && delta?.tool_calls && tools === this.tools)
      this.passCalls(tools.take(this.options.newId));
  }

  /**
   * Without content and calls the answer is the text that came as reasoning only, although the client wants none, or that was
   * assumed to be thinking and has no closing mark. Thinking is not the answer where its end is cut; assumed thinking may be.
   */
  private useThinking(): void {
    const isAssumed = this.splitter.beginning === 'open';
    const text = isAssumed ? this.unwanted || this.assumed : this.unwanted;
    const isCutThinking = this.endKind === 'length' && !isAssumed;
    if (text !== '' && !this.hasContent && !isCutThinking) this.append('content', text);
  }

  /**
   * What the answer shows of its chat template; known after `end`.
   * @param content the whole of it
   */
  openedThinking(content: string): OpenedThinking | undefined {
    const { beginning } = this.splitter;
    const { openedBy: closing } = this.options;
    if (this.closed) return this.closed;
    if (closing === undefined) {
      const split = beginning === 'plain' && !this.hasThinking ? splitClosedThinking(content) : undefined;
      return split && { closing: split.closing, isOpened: true, isCertain: split.isLineEnd };
    }
    // Thinking that is cut has no closing mark.
    const isCut = this.endKind === 'length' && (beginning === 'open' || (beginning === 'plain' && !this.hasThinking));
    if (isCut || beginning === 'unknown') return undefined;
    return { closing, isOpened: beginning === 'closed', isCertain: true };
  }

  /** The answer goes on. */
  private continueAfterReason(): void {
    if (this.endKind !== undefined) this.isReasonEarly = true;
  }

  private count(text: string, deltas = 1): void {
    this.continueAfterReason();
    this.deltas += deltas;
    this.characters += text.length;
  }

  /** Adds text in which think tags mean nothing. */
  private addUnsplit(text: string): void {
    if (text === '') return;
    this.count(text);
    this.stops.push(text);
  }

  private addRefusal(text: string): void {
    const { onRefusal } = this.options;
    if (!onRefusal) this.addUnsplit(text);
    else if (text !== '') {
      this.count(text);
      onRefusal(text);
    }
  }

  private append(kind: Segment['kind'], text: string): void {
    if (kind === 'content') this.hasContent = true;
    else this.hasThinking = true;
    if (kind === 'thinking' && !this.options.thinking) {
      if (!this.hasContent) this.unwanted += text;
      return;
    }
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

/** The turn of an answer of which the next request may have to bring parts back. */
export function toTurn({ toolCalls, turnParts: parts }: CompletionEnd, text: string): AnsweredTurn | undefined {
  if (!parts) return undefined;
  return {
    text,
    calls: toolCalls.map(({ id = '', function: { name, arguments: values } }) => ({ id, name, arguments: values })),
    parts,
  };
}
