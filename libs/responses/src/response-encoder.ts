import type { OllamaToolCall } from '#contracts';
import type { ReplyContext } from './to-chat-request.js';

/** Text of one kind, in the order it was generated. */
export interface TextSegment {
  readonly kind: 'thinking' | 'content';
  readonly text: string;
}

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
  /** An `encrypted_content` that holds the reasoning, so that the client returns it. */
  readonly seal: (reasoning: string) => string;
}

type Fields = Readonly<Record<string, unknown>>;

interface OpenItem {
  readonly kind: TextSegment['kind'];
  readonly id: string;
  readonly index: number;
  text: string;
}

const LENGTH = new Set(['length', 'max_tokens', 'model_length']);

/**
 * One answer as the events of the Responses API: items one after the other, each closed before the next is added, ids
 * and texts the same in events and in the final output, sequence numbers without a gap.
 */
export class ResponseEncoder {
  private sequence = 0;
  private hasStarted = false;
  private open: OpenItem | undefined;
  private readonly output: Fields[] = [];
  private itemCount = 0;

  constructor(private readonly options: EncoderOptions) {}

  /** The head of the stream; sent once, by the first call of any method. */
  start(): string {
    if (this.hasStarted) return '';
    this.hasStarted = true;
    const response = this.response('in_progress', {});
    return this.event('response.created', { response }) + this.event('response.in_progress', { response });
  }

  text(segments: readonly TextSegment[]): string {
    let events = this.start();
    for (const { kind, text } of segments) {
      if (text === '') continue;
      if (this.open?.kind !== kind) events += this.closeItem('completed') + this.openItem(kind);
      const { open } = this;
      if (!open) continue;
      open.text += text;
      events += this.textEvent(open, 'delta', { delta: text });
    }
    return events;
  }

  end(end: ResponseEnd): string {
    const reason = incompleteReason(end.finishReason);
    const status = reason === undefined ? 'completed' : 'incomplete';
    let events = this.start() + this.closeItem(status);
    for (const call of end.toolCalls) events += this.callEvents(call);
    return events + this.event(`response.${status}`, { response: this.response(status, this.endFields(end, reason)) });
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
  whole(segments: readonly TextSegment[], end: ResponseEnd): object {
    const reason = incompleteReason(end.finishReason);
    const status = reason === undefined ? 'completed' : 'incomplete';
    for (const { kind, text } of segments) {
      if (text !== '') this.output.push(this.toItem(this.newItem(kind, text), status));
    }
    for (const call of end.toolCalls) this.output.push(this.toCall(call));
    return this.response(status, this.endFields(end, reason));
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

  private newItem(kind: TextSegment['kind'], text: string): OpenItem {
    const index = this.itemCount;
    this.itemCount += 1;
    return { kind, id: this.idOf(kind === 'content' ? 'msg' : 'rs', index), index, text };
  }

  private idOf(prefix: string, index: number): string {
    return `${prefix}_${this.options.id.replace(/^resp_/, '')}${String(index)}`;
  }

  private openItem(kind: TextSegment['kind']): string {
    const item = this.newItem(kind, '');
    this.open = item;
    const empty =
      kind === 'content'
        ? { id: item.id, type: 'message', status: 'in_progress', role: 'assistant', content: [] }
        : { id: item.id, type: 'reasoning', summary: [], ...(!this.options.showsSummary && { content: [] }) };
    return (
      this.event('response.output_item.added', { output_index: item.index, item: empty }) +
      this.partEvent(item, 'added', this.partOf(item))
    );
  }

  private closeItem(status: string): string {
    const { open } = this;
    if (!open) return '';
    this.open = undefined;
    const done = this.toItem(open, status);
    this.output.push(done);
    return (
      this.textEvent(open, 'done', { text: open.text }) +
      this.partEvent(open, 'done', this.partOf(open)) +
      this.event('response.output_item.done', { output_index: open.index, item: done })
    );
  }

  private partOf({ kind, text }: OpenItem): Fields {
    if (kind === 'content') return { type: 'output_text', text, annotations: [], logprobs: [] };
    return { type: this.options.showsSummary ? 'summary_text' : 'reasoning_text', text };
  }

  private toItem(item: OpenItem, status: string): Fields {
    const part = this.partOf(item);
    if (item.kind === 'content') {
      return { id: item.id, type: 'message', status, role: 'assistant', content: [part] };
    }
    const { showsSummary, wantsEncrypted, seal } = this.options;
    return {
      id: item.id,
      type: 'reasoning',
      ...(showsSummary ? { summary: [part] } : { summary: [], content: [part] }),
      ...(wantsEncrypted && { encrypted_content: seal(item.text) }),
    };
  }

  private textEvent(item: OpenItem, step: 'delta' | 'done', fields: Fields): string {
    const name = this.nameOf(item.kind, 'text');
    return this.event(`${name}.${step}`, {
      ...this.place(item),
      ...fields,
      ...(item.kind === 'content' && { logprobs: [] }),
    });
  }

  private partEvent(item: OpenItem, step: 'added' | 'done', part: Fields): string {
    return this.event(`${this.nameOf(item.kind, 'part')}.${step}`, { ...this.place(item), part: { ...part } });
  }

  private nameOf(kind: TextSegment['kind'], what: 'text' | 'part'): string {
    if (kind === 'content') return what === 'text' ? 'response.output_text' : 'response.content_part';
    if (this.options.showsSummary) return `response.reasoning_summary_${what}`;
    return what === 'text' ? 'response.reasoning_text' : 'response.content_part';
  }

  private place({ kind, id, index }: OpenItem): Fields {
    const isSummary = kind === 'thinking' && this.options.showsSummary;
    return { item_id: id, output_index: index, ...(isSummary ? { summary_index: 0 } : { content_index: 0 }) };
  }

  private callEvents(call: OllamaToolCall): string {
    const done = this.toCall(call);
    this.output.push(done);
    const output_index = this.itemCount - 1;
    const [field, name] =
      done.type === 'custom_tool_call' ? ['input', 'custom_tool_call_input'] : ['arguments', 'function_call_arguments'];
    const text = done[field];
    const added = this.event('response.output_item.added', {
      output_index,
      item: { ...done, [field]: typeof text === 'string' ? '' : text, status: 'in_progress' },
    });
    const place = { item_id: done.id, output_index };
    const deltas =
      typeof text === 'string'
        ? this.event(`response.${name}.delta`, { ...place, delta: text }) +
          this.event(`response.${name}.done`, { ...place, [field]: text })
        : '';
    return added + deltas + this.event('response.output_item.done', { output_index, item: done });
  }

  private toCall({ id, function: { name: sent, arguments: args } }: OllamaToolCall): Fields {
    const { kind, name, namespace } = this.options.tools.find(sent);
    const index = this.itemCount;
    this.itemCount += 1;
    const common = { call_id: id, status: 'completed', ...(namespace !== undefined && { namespace }) };
    if (kind === 'custom') {
      const { input } = args;
      const text = typeof input === 'string' ? input : JSON.stringify(args);
      return { id: this.idOf('ctc', index), type: 'custom_tool_call', ...common, name, input: text };
    }
    if (kind === 'toolSearch') {
      return { id: this.idOf('tsc', index), type: 'tool_search_call', ...common, execution: 'client', arguments: args };
    }
    return { id: this.idOf('fc', index), type: 'function_call', ...common, name, arguments: JSON.stringify(args) };
  }

  private event(type: string, fields: Fields): string {
    const data = JSON.stringify({ type, sequence_number: this.sequence, ...fields });
    this.sequence += 1;
    return `event: ${type}\ndata: ${data}\n\n`;
  }
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
