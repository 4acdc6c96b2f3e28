import type { OpenAiUsage } from '#contracts';
import { TranslationError } from '#errors';
import { joinBytes } from '#json-bytes';
import { isRecord, parseJson, toCount } from '#primitives';
import type { SseEvent } from '#streaming';
import { ResponseDecoder } from '#streaming';
import { StopWatcher } from '#translation';
import type { ChatAnswer, FinishReason, TextKind } from './chat-answer.js';
import { ChunkWriter, CompletionWriter } from './chat-answer.js';
import { DeltaTemplate } from './delta-template.js';
import { toResponseFailure } from './failure.js';
import { toEncryptedDetail } from './input-items.js';

type Fields = Record<string, unknown>;

/** Names under which models call several tools at once, although no such tool was declared. */
const WRAPPERS: ReadonlySet<string> = new Set(['parallel', 'multi_tool_use.parallel']);

/** Between parts that are paragraphs of their own. */
const GAP = '\n\n';

export interface ToChatOptions {
  /** Content-Type of the upstream's response. */
  readonly contentType: string;
  /** Whether the chat request asked for a stream; the upstream may respond otherwise. */
  readonly isStreamed: boolean;
  /** Whether the stream ends with a usage chunk. */
  readonly includesUsage: boolean;
  /** Stop sequences at which the answer is cut here. */
  readonly watchedStops: readonly string[];
  /** Reasoning goes along as items for this service alone; else in the form that chat clients may return. */
  readonly carriesItems: boolean;
  /** Names of the declared tools. */
  readonly tools: ReadonlySet<string>;
}

type ItemKind = 'message' | 'reasoning' | 'call';

/** Of items that only the final response has: behind all that events name. */
const FINAL_INDEX = 1_000_000;

/** Statuses of responses that are no answers. */
const UNFINISHED: ReadonlySet<unknown> = new Set(['failed', 'cancelled', 'queued', 'in_progress']);

/** What has come of one output item. Items are known by their index: their ids may change between events. */
interface OutputItem {
  kind?: ItemKind;
  /** Characters that were passed on, by part. */
  readonly sent: Map<string, number>;
  /** Of a call that was passed on. */
  callIndex?: number;
  isWrapper?: boolean;
  /** Arguments that came before the name, or of a wrapper. */
  held: string;
  /** A reasoning item is shown by its summary or by its content, whichever comes first. */
  shownReasoning?: 'summary' | 'content';
  hasEncrypted?: boolean;
}

/**
 * The body of a Responses API response as that of a chat completion: events become chunks, one object becomes one
 * object (protocol D83, protocol D84). Call `feed` for each batch, and `end` when the body ends; nothing needs to be read
 * after `isOver`.
 */
export class ResponsesToChat {
  /** The response is complete. */
  isOver = false;
  private readonly decoder: ResponseDecoder;
  private readonly answer: ChatAnswer;
  private readonly stops: StopWatcher;
  private readonly items = new Map<number, OutputItem>();
  private readonly encoder = new TextEncoder();
  private readonly delta = new DeltaTemplate();
  /** Text of consecutive deltas of one item. */
  private run = '';
  private hasBegun = false;
  private calls = 0;
  /** The part of the latest text of each kind. */
  private readonly latest: Partial<Record<TextKind, string>> = {};

  constructor(private readonly options: ToChatOptions) {
    this.decoder = new ResponseDecoder(options.contentType, { readEvent: (event) => this.read(event) });
    this.answer = options.isStreamed ? new ChunkWriter(options.includesUsage) : new CompletionWriter();
    this.stops = new StopWatcher(options.watchedStops, (text) => {
      this.answer.text('content', text);
    });
  }

  /** @throws UpstreamError for a failed response */
  feed(chunks: readonly Uint8Array[]): Uint8Array {
    this.decoder.feed(joinBytes(chunks));
    this.readRun();
    return this.encoder.encode(this.answer.take());
  }

  /** The body has ended. @throws UpstreamError for a failed response, TranslationError for one without an end */
  end(): Uint8Array {
    if (!this.isOver) {
      const whole = this.decoder.whole();
      if (whole === undefined) {
        this.decoder.end();
        this.readRun();
      } else this.readWhole(whole);
    }
    if (!this.isOver) throw new TranslationError('upstream error: the answer broke off before its end');
    return this.encoder.encode(this.answer.take());
  }

  private readWhole(text: string): void {
    const response = parseJson(text);
    if (!isRecord(response)) throw malformed(text);
    if (response.error !== undefined && response.error !== null)
      throw toResponseFailure(response.error, 'upstream error');
    this.finish(response);
  }

  private read(event: SseEvent): void {
    if (this.isOver) return;
    const text = this.delta.textOf(event.name, event.data);
    if (text === undefined) {
      this.readRun();
      this.parse(event);
    } else this.run += text;
  }

  private readRun(): void {
    if (this.run === '') return;
    const { name, event } = this.delta.eventWith(this.run);
    this.run = '';
    this.readNamed(name, event);
  }

  private parse({ name, data }: SseEvent): void {
    if (this.isOver) return;
    const text = data.trim();
    if (text === '' || text === '[DONE]') return;
    const event = parseJson(text);
    if (!isRecord(event)) throw malformed(text);
    this.readNamed(name, event);
    this.delta.learn(name, data, event);
  }

  private readNamed(name: string, event: Fields): void {
    this.readEvent(typeof event.type === 'string' ? event.type : name, event);
  }

  private readEvent(type: string, event: Fields): void {
    const { response, delta, item } = event;
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        if (isRecord(response)) this.begin(response);
        return;
      case 'response.output_text.delta':
        this.addText('content', event, delta);
        if (!this.isOver && Array.isArray(event.logprobs) && event.logprobs.length > 0)
          this.answer.logprobs(event.logprobs);
        return;
      case 'response.refusal.delta':
        this.addText('refusal', event, delta);
        return;
      case 'response.reasoning_summary_text.delta':
        this.addReasoning('summary', event, delta);
        return;
      case 'response.reasoning_text.delta':
        this.addReasoning('content', event, delta);
        return;
      case 'response.output_item.added':
        if (isRecord(item)) this.openCall(this.itemAt(event), item);
        return;
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        this.addArguments(this.itemAt(event), type.startsWith('response.custom'), asText(delta));
        return;
      case 'response.output_text.annotation.added':
        if (isRecord(event.annotation)) this.addAnnotation(event.annotation);
        return;
      case 'response.output_item.done':
        if (isRecord(item)) this.completeItem(this.itemAt(event), item, indexOf(event));
        return;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        if (isRecord(response)) this.finish(response);
        return;
      case 'error':
        throw toResponseFailure(isRecord(event.error) ? event.error : event, 'upstream error');
      default:
        // A chunk of another API, or an error without a type. Events that are unknown, and keep-alives, are passed over.
        if (event.error !== undefined && event.error !== null) throw toResponseFailure(event.error, 'upstream error');
    }
  }

  private begin({ id, created_at: created, model }: Fields): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.answer.begin({ id: asText(id), created: typeof created === 'number' ? created : 0, model: asText(model) });
  }

  private itemAt(event: Fields): OutputItem {
    const index = indexOf(event);
    const known = this.items.get(index);
    if (known) return known;
    const item: OutputItem = { sent: new Map(), held: '' };
    this.items.set(index, item);
    return item;
  }

  private addReasoning(shown: 'summary' | 'content', event: Fields, text: unknown): void {
    const item = this.itemAt(event);
    item.shownReasoning ??= shown;
    if (item.shownReasoning === shown) this.addText('reasoning_content', event, text);
  }

  /** Text of one part of an item; a part of an item of its own begins a paragraph. */
  private addText(kind: TextKind, event: Fields, value: unknown): void {
    const text = asText(value);
    if (text === '') return;
    this.begin({});
    const index = indexOf(event);
    const part = partOf(event);
    const key = `${kind} ${part}`;
    const item = this.itemAt(event);
    item.kind = kind === 'reasoning_content' ? 'reasoning' : 'message';
    const { sent } = item;
    sent.set(key, (sent.get(key) ?? 0) + text.length);
    const paragraph = kind === 'reasoning_content' ? `${String(index)} ${part}` : String(index);
    const before = this.latest[kind];
    this.latest[kind] = paragraph;
    this.pass(kind, before === undefined || before === paragraph ? text : GAP + text);
  }

  private pass(kind: TextKind, text: string): void {
    if (kind !== 'content') {
      this.answer.text(kind, text);
      return;
    }
    this.stops.push(text);
    if (!this.stops.isHit) return;
    this.answer.finish('stop', undefined);
    this.isOver = true;
  }

  /** The part of a complete text that its deltas did not bring. */
  private completeText(kind: TextKind, event: Fields, text: unknown): void {
    const part = partOf(event);
    const sent = this.itemAt(event).sent.get(`${kind} ${part}`) ?? 0;
    this.addText(kind, event, asText(text).slice(sent));
  }

  private openCall(state: OutputItem, item: Fields): void {
    const { type, name } = item;
    if ((type !== 'function_call' && type !== 'custom_tool_call') || typeof name !== 'string') return;
    if (state.callIndex !== undefined || state.isWrapper) return;
    this.begin({});
    if (WRAPPERS.has(name) && !this.options.tools.has(name)) {
      state.isWrapper = true;
      return;
    }
    const id = asText(item.call_id) || asText(item.id);
    state.kind = 'call';
    state.callIndex = this.calls++;
    const { callIndex: index, held } = state;
    state.held = '';
    this.answer.call({ index, ...(id !== '' && { id }), name, isCustom: type === 'custom_tool_call', text: held });
  }

  private addArguments(state: OutputItem, isCustom: boolean, text: string): void {
    if (text === '') return;
    state.sent.set('call', (state.sent.get('call') ?? 0) + text.length);
    if (state.callIndex === undefined) state.held += text;
    else this.answer.call({ index: state.callIndex, isCustom, text });
  }

  private addAnnotation({ type, ...citation }: Fields): void {
    if (type === 'url_citation') this.answer.add('annotations', { type, url_citation: citation });
  }

  /** A whole item: what its events have not brought. */
  private completeItem(state: OutputItem, item: Fields, output_index: number): void {
    const { type, content, summary } = item;
    if (type === 'message') {
      for (const [content_index, part] of recordsOf(content).entries()) {
        const event = { output_index, content_index };
        if (part.type === 'refusal') this.completeText('refusal', event, part.refusal);
        else this.completeText('content', event, part.text);
      }
    } else if (type === 'reasoning') {
      const shown = state.shownReasoning ?? (recordsOf(summary).length > 0 ? 'summary' : 'content');
      for (const [part, { text }] of recordsOf(shown === 'summary' ? summary : content).entries())
        this.completeText('reasoning_content', { output_index, summary_index: part }, text);
      if (typeof item.encrypted_content === 'string' && !state.hasEncrypted) {
        state.hasEncrypted = true;
        state.kind = 'reasoning';
        this.begin({});
        if (this.options.carriesItems) this.answer.add('responses_items', item);
        else this.answer.add('reasoning_details', toEncryptedDetail(item.encrypted_content));
      }
    } else if (type === 'function_call' || type === 'custom_tool_call') {
      this.openCall(state, item);
      const isCustom = type === 'custom_tool_call';
      const text = asText(isCustom ? item.input : item.arguments);
      this.addArguments(state, isCustom, text.slice(state.sent.get('call') ?? 0));
      if (state.isWrapper) this.unwrap(state, asText(item.call_id));
      state.held = '';
    }
  }

  /** Several calls in the arguments of one (`tool_uses: [{recipient_name: "functions.x", parameters}]`). */
  private unwrap(state: OutputItem, id: string): void {
    state.kind = 'call';
    const wrapped = parseJson(state.held);
    const uses = recordsOf(isRecord(wrapped) ? wrapped.tool_uses : undefined);
    for (const [at, { recipient_name: recipient, parameters }] of uses.entries()) {
      const name = asText(recipient).replace(/^functions\./, '');
      const index = this.calls++;
      this.answer.call({
        index,
        id: `${id}_${String(at)}`,
        name,
        isCustom: false,
        text: JSON.stringify(parameters ?? {}),
      });
    }
  }

  private finish(response: Fields): void {
    const { status, error, incomplete_details: details } = response;
    if (error !== undefined && error !== null) throw toResponseFailure(error, 'upstream error');
    if (UNFINISHED.has(status)) throw new TranslationError(`upstream error: the response ended as "${asText(status)}"`);
    this.begin(response);
    this.completeAll(recordsOf(response.output));
    if (this.isOver) return;
    this.stops.end();
    const reason = isRecord(details) ? details.reason : undefined;
    this.answer.finish(this.finishReason(status, reason), toUsage(response.usage));
    this.isOver = true;
  }

  /** Items of the final response that no event has brought. */
  private completeAll(output: readonly Fields[]): void {
    const brought: Record<ItemKind, number> = { message: 0, reasoning: 0, call: 0 };
    for (const { kind } of this.items.values()) if (kind) brought[kind] += 1;
    for (const [at, item] of output.entries()) {
      const kind = kindOf(item);
      if (!kind) continue;
      brought[kind] -= 1;
      const output_index = FINAL_INDEX + at;
      if (brought[kind] < 0) this.completeItem(this.itemAt({ output_index }), item, output_index);
    }
  }

  private finishReason(status: unknown, reason: unknown): FinishReason {
    if (status === 'incomplete') return reason === 'content_filter' ? 'content_filter' : 'length';
    return this.calls > 0 ? 'tool_calls' : 'stop';
  }
}

function kindOf({ type }: Fields): ItemKind | undefined {
  if (type === 'message' || type === 'reasoning') return type;
  return type === 'function_call' || type === 'custom_tool_call' ? 'call' : undefined;
}

function toUsage(usage: unknown): OpenAiUsage | undefined {
  if (!isRecord(usage)) return undefined;
  const input = toCount(usage.input_tokens);
  const output = toCount(usage.output_tokens);
  const { input_tokens_details: inputDetails, output_tokens_details: outputDetails } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: toCount(isRecord(inputDetails) ? inputDetails.cached_tokens : 0) },
    completion_tokens_details: {
      reasoning_tokens: toCount(isRecord(outputDetails) ? outputDetails.reasoning_tokens : 0),
    },
  };
}

function indexOf({ output_index: index }: Fields): number {
  return typeof index === 'number' ? index : 0;
}

/** Which part of its item an event concerns. */
function partOf({ summary_index: summary, content_index: content }: Fields): string {
  const index = [summary, content].find((each) => typeof each === 'number');
  return String(index ?? 0);
}

function recordsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function malformed(text: string): TranslationError {
  return new TranslationError(`upstream error: malformed data (${String(text.length)} characters)`);
}
