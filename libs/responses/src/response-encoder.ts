import type { AnswerPart, CallPart, OllamaToolCall, TextPart } from '#contracts';
import { isRecord, parseJson } from '#primitives';
import { itemIdOf } from './stored-items.js';
import type { ReplyContext } from './to-chat-request.js';
import type { DeclaredTool } from './tools.js';

/** How an answer ended. */
export interface ResponseEnd {
  /** In the upstream's words; empty where there was none. */
  readonly finishReason: string;
  readonly toolCalls: readonly OllamaToolCall[];
  readonly usage:
    | { readonly input: number; readonly output: number; readonly cached?: number; readonly reasoning?: number }
    | undefined;
}

/** Why a response failed, in the words that clients act on. */
export interface ResponseFailure {
  readonly code: string;
  readonly message: string;
}

export interface EncoderOptions extends ReplyContext {
  /** `resp_…`, unique; the ids of the items are made from it. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Of the prompt, where the upstream counts nothing. */
  readonly inputEstimate: number;
  /** False sends a refusal as text: Codex does not show refusals. */
  readonly showsRefusal: boolean;
  /** An `encrypted_content` that holds the reasoning and what the upstream encrypted of it, so that the client returns it. */
  readonly seal: (reasoning: string, sealed?: string) => string;
}

type Fields = Readonly<Record<string, unknown>>;

interface OpenText {
  readonly kind: TextPart['kind'];
  readonly id: string;
  readonly index: number;
  text: string;
  /** Of reasoning: what the upstream encrypted. */
  sealed?: string | undefined;
}

interface OpenCall {
  readonly kind: 'call';
  readonly callId: string;
  readonly tool: DeclaredTool;
  readonly id: string;
  readonly index: number;
  text: string;
}

const LENGTH = new Set(['length', 'max_tokens', 'model_length']);

const ID_PREFIX: Readonly<Record<Exclude<DeclaredTool['kind'], 'builtIn'>, string>> = {
  function: 'fc',
  custom: 'ctc',
  toolSearch: 'tsc',
};

/**
 * One answer as the events of the Responses API: items one after the other, each closed before the next is added, ids
 * and texts the same in events and in the final output, sequence numbers without a gap.
 */
export class ResponseEncoder {
  private sequence = 0;
  private hasStarted = false;
  private open: OpenText | OpenCall | undefined;
  private readonly output: Fields[] = [];
  private itemCount = 0;
  /** The complete response, once it has ended without a failure. */
  final: Fields | undefined;

  constructor(private readonly options: EncoderOptions) {}

  /** The head of the stream; sent once, by the first call of any method. */
  start(): string {
    if (this.hasStarted) return '';
    this.hasStarted = true;
    const response = this.response('in_progress', {});
    return this.event('response.created', { response }) + this.event('response.in_progress', { response });
  }

  parts(parts: readonly AnswerPart[]): string {
    let events = this.start();
    for (const part of parts) {
      if (part.kind === 'call') events += this.callPart(part);
      else if (part.kind === 'sealed') events += this.sealedPart(part.text);
      else if (part.text !== '') events += this.textPart(part);
    }
    return events;
  }

  end(end: ResponseEnd): string {
    const reason = incompleteReason(end.finishReason);
    const status = reason === undefined ? 'completed' : 'incomplete';
    const events = this.start() + this.closeItem(status);
    const response = this.response(status, this.endFields(end, reason));
    this.final = response;
    return events + this.event(`response.${status}`, { response });
  }

  /** The events that end a stream after a failure: clients read either of the two. */
  fail({ code, message }: ResponseFailure): string {
    const events = this.start() + this.closeItem('incomplete');
    const error = this.event('error', {
      code,
      message,
      param: null,
      error: { type: code, code, message, param: null },
    });
    const response = this.response('failed', { error: { code, message }, output: [...this.output] });
    return events + error + this.event('response.failed', { response });
  }

  /** A whole response. */
  whole(parts: readonly AnswerPart[], end: ResponseEnd): object {
    const reason = incompleteReason(end.finishReason);
    const status = reason === undefined ? 'completed' : 'incomplete';
    for (const [at, part] of parts.entries()) {
      const next = parts[at + 1];
      if (part.kind === 'call' || part.kind === 'sealed' || part.text === '') continue;
      const sealed = part.kind === 'thinking' && next?.kind === 'sealed' ? next.text : undefined;
      this.output.push(this.toItem({ ...this.newText(part), sealed }, status));
    }
    for (const {
      id = '',
      function: { name, arguments: value },
    } of end.toolCalls) {
      this.output.push(this.toItem(this.newCall({ id, name, text: JSON.stringify(value) }), 'completed'));
    }
    this.final = this.response(status, this.endFields(end, reason));
    return this.final;
  }

  /** The events that end a stream with one item that came whole. */
  endWith(item: Fields, end: ResponseEnd): string {
    const place = { output_index: this.output.length };
    const events =
      this.start() +
      this.event('response.output_item.added', { ...place, item }) +
      this.event('response.output_item.done', { ...place, item });
    const response = this.wholeWith([item], end);
    return events + this.event('response.completed', { response });
  }

  /** A whole response with items that came whole. */
  wholeWith(items: readonly Fields[], end: ResponseEnd): Fields {
    this.output.push(...items);
    this.final = this.response('completed', this.endFields(end, undefined));
    return this.final;
  }

  private endFields({ usage }: ResponseEnd, reason: string | undefined): Fields {
    return {
      output: [...this.output],
      ...(reason !== undefined && { incomplete_details: { reason } }),
      usage: toUsage(usage ?? { input: this.options.inputEstimate, output: 1 }),
    };
  }

  private response(status: string, more: Fields): Fields {
    const { id, createdAt, model, echo } = this.options;
    return {
      id,
      object: 'response',
      created_at: createdAt,
      status,
      background: false,
      error: null,
      incomplete_details: null,
      model,
      output: [],
      usage: null,
      ...echo,
      ...more,
    };
  }

  private textPart(part: TextPart): string {
    const kind = this.kindOf(part);
    let item = this.open;
    let events = '';
    if (item?.kind !== kind) {
      events = this.closeItem('completed');
      item = this.newText({ kind, text: '' });
      this.open = item;
      events += this.added(item) + this.partEvent(item, 'added');
    }
    item.text += part.text;
    return events + this.textEvent(item, 'delta', { delta: part.text });
  }

  /** Ends the reasoning that summarizes it; reasoning without a summary stays with the upstream's turn alone. */
  private sealedPart(content: string): string {
    const { open } = this;
    if (open?.kind !== 'thinking') return '';
    open.sealed = content;
    return this.closeItem('completed');
  }

  private callPart({ id, name, text }: CallPart): string {
    let call = this.open;
    let events = '';
    if (call?.kind !== 'call' || call.callId !== id) {
      events = this.closeItem('completed');
      call = this.newCall({ id, name, text: '' });
      this.open = call;
      // The type of the item follows from its arguments.
      if (call.tool.kind !== 'builtIn') events += this.added(call);
    }
    call.text += text;
    // The input of a custom tool is inside the JSON, and tool_search_call has no deltas: both leave when they are complete.
    if (call.tool.kind !== 'function') return events;
    return events + this.event('response.function_call_arguments.delta', { ...placeOf(call), delta: text });
  }

  private newText(part: TextPart): OpenText {
    const kind = this.kindOf(part);
    const index = this.itemCount;
    this.itemCount += 1;
    return { kind, id: this.idOf(kind === 'thinking' ? 'rs' : 'msg', index), index, text: part.text };
  }

  private newCall({ id: callId, name, text }: Omit<CallPart, 'kind'>): OpenCall {
    const tool = this.options.tools.find(name);
    const index = this.itemCount;
    this.itemCount += 1;
    const prefix = tool.kind === 'builtIn' ? (tool.builtIn?.idPrefix ?? 'fc') : ID_PREFIX[tool.kind];
    return { kind: 'call', callId, tool, id: this.idOf(prefix, index), index, text };
  }

  private kindOf({ kind }: TextPart): TextPart['kind'] {
    return kind === 'refusal' && !this.options.showsRefusal ? 'content' : kind;
  }

  private idOf(prefix: string, index: number): string {
    return itemIdOf(prefix, this.options.id, index);
  }

  private added(item: OpenText | OpenCall): string {
    return this.event('response.output_item.added', { output_index: item.index, item: this.toEmptyItem(item) });
  }

  private toEmptyItem(item: OpenText | OpenCall): Fields {
    if (item.kind === 'call') {
      const { input, arguments: value, ...rest } = this.toItem(item, 'in_progress');
      return {
        ...rest,
        ...(input !== undefined && { input: '' }),
        ...(value !== undefined && { arguments: typeof value === 'string' ? '' : value }),
      };
    }
    if (item.kind === 'thinking')
      return { id: item.id, type: 'reasoning', summary: [], ...(!this.options.showsSummary && { content: [] }) };
    return { id: item.id, type: 'message', status: 'in_progress', role: 'assistant', content: [] };
  }

  private closeItem(status: string): string {
    const { open } = this;
    if (!open) return '';
    this.open = undefined;
    const done = this.toItem(open, status);
    this.output.push(done);
    const finals =
      open.kind === 'call'
        ? this.callFinals(open, done)
        : this.textEvent(open, 'done', { [open.kind === 'refusal' ? 'refusal' : 'text']: open.text }) +
          this.partEvent(open, 'done');
    return finals + this.event('response.output_item.done', { output_index: open.index, item: done });
  }

  private callFinals(call: OpenCall, done: Fields): string {
    const { input, arguments: value } = done;
    switch (call.tool.kind) {
      case 'toolSearch':
        return '';
      case 'builtIn': {
        const added = this.event('response.output_item.added', { output_index: call.index, item: done });
        if (value === undefined) return added;
        return added + this.event('response.function_call_arguments.done', { ...placeOf(call), arguments: value });
      }
      case 'custom':
        return (
          this.event('response.custom_tool_call_input.delta', { ...placeOf(call), delta: input }) +
          this.event('response.custom_tool_call_input.done', { ...placeOf(call), input })
        );
      case 'function':
        return this.event('response.function_call_arguments.done', { ...placeOf(call), arguments: value });
    }
  }

  private partOf({ kind, text }: OpenText): Fields {
    switch (kind) {
      case 'content':
        return { type: 'output_text', text, annotations: [], logprobs: [] };
      case 'refusal':
        return { type: 'refusal', refusal: text };
      case 'thinking':
        return { type: this.options.showsSummary ? 'summary_text' : 'reasoning_text', text };
    }
  }

  private toItem(item: OpenText | OpenCall, status: string): Fields {
    if (item.kind === 'call') return toCallItem(item, status);
    const part = this.partOf(item);
    if (item.kind !== 'thinking') {
      return { id: item.id, type: 'message', status, role: 'assistant', content: [part] };
    }
    const { showsSummary, wantsEncrypted, seal } = this.options;
    return {
      id: item.id,
      type: 'reasoning',
      ...(showsSummary ? { summary: [part] } : { summary: [], content: [part] }),
      ...(wantsEncrypted && { encrypted_content: seal(item.text, item.sealed) }),
    };
  }

  private textEvent(item: OpenText, step: 'delta' | 'done', fields: Fields): string {
    const name = this.nameOf(item.kind, 'text');
    return this.event(`${name}.${step}`, {
      ...this.place(item),
      ...fields,
      ...(item.kind === 'content' && { logprobs: [] }),
    });
  }

  private partEvent(item: OpenText, step: 'added' | 'done'): string {
    return this.event(`${this.nameOf(item.kind, 'part')}.${step}`, { ...this.place(item), part: this.partOf(item) });
  }

  private nameOf(kind: TextPart['kind'], what: 'text' | 'part'): string {
    if (kind === 'thinking' && this.options.showsSummary) return `response.reasoning_summary_${what}`;
    if (what === 'part') return 'response.content_part';
    return { content: 'response.output_text', refusal: 'response.refusal', thinking: 'response.reasoning_text' }[kind];
  }

  private place(item: OpenText): Fields {
    const isSummary = item.kind === 'thinking' && this.options.showsSummary;
    return { ...placeOf(item), ...(isSummary ? { summary_index: 0 } : { content_index: 0 }) };
  }

  private event(type: string, fields: Fields): string {
    const data = JSON.stringify({ type, sequence_number: this.sequence, ...fields });
    this.sequence += 1;
    return `event: ${type}\ndata: ${data}\n\n`;
  }
}

function placeOf({ id, index }: OpenText | OpenCall): Fields {
  return { item_id: id, output_index: index };
}

function toCallItem({ tool, id, callId, text }: OpenCall, status: string): Fields {
  const { kind, name, namespace, builtIn } = tool;
  const common = { call_id: callId, status, ...(namespace !== undefined && { namespace }) };
  switch (kind) {
    case 'custom':
      return { id, type: 'custom_tool_call', ...common, name, input: inputIn(text) };
    case 'builtIn': {
      const value = parseJson(text);
      const fields = isRecord(value) ? builtIn?.toCall(value) : undefined;
      // Arguments that are incomplete or of another form leave as the model wrote them: the client reports them to it.
      if (!fields || status === 'incomplete') return { id, type: 'function_call', ...common, name, arguments: text };
      return { id, type: builtIn?.callType, ...common, ...fields };
    }
    case 'toolSearch':
      return { id, type: 'tool_search_call', ...common, execution: 'client', arguments: parseJson(text) ?? {} };
    case 'function':
      return { id, type: 'function_call', ...common, name, arguments: text };
  }
}

/** The text for a custom tool, which was offered to the model as a function with one argument. */
function inputIn(text: string): string {
  const value = parseJson(text);
  return isRecord(value) && typeof value.input === 'string' ? value.input : text;
}

function incompleteReason(finishReason: string): string | undefined {
  if (LENGTH.has(finishReason)) return 'max_output_tokens';
  return finishReason === 'content_filter' ? 'content_filter' : undefined;
}

function toUsage({ input, output, cached = 0, reasoning = 0 }: NonNullable<ResponseEnd['usage']>): Fields {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
