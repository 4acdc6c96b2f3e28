import type { OpenAiUsage } from '#contracts';

type Fields = Record<string, unknown>;

/** Kinds of text, named as the fields of a chat delta. */
export type TextKind = 'content' | 'refusal' | 'reasoning_content';

export interface AnswerHead {
  readonly id: string;
  /** Seconds. */
  readonly created: number;
  readonly model: string;
}

/** A tool call, or the part of one that has come. */
export interface CallPart {
  /** Counted over the calls of the answer from 0. */
  readonly index: number;
  /** With the first part only. */
  readonly id?: string;
  readonly name?: string;
  readonly isCustom: boolean;
  /** The arguments of a function as JSON, or the input of a custom tool. */
  readonly text: string;
}

export type ListField = 'annotations' | 'reasoning_details' | 'responses_items';

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

/** Receives an answer in the terms of chat completions, in the order in which its parts come. */
export interface ChatAnswer {
  begin(head: AnswerHead): void;
  text(kind: TextKind, text: string): void;
  call(part: CallPart): void;
  /** Adds to a field of a delta that is a list. */
  add(field: ListField, value: Fields): void;
  logprobs(content: readonly unknown[]): void;
  finish(reason: FinishReason, usage: OpenAiUsage | undefined): void;
  /** The bytes, as text, that are complete so far. */
  take(): string;
}

const NO_HEAD: AnswerHead = { id: '', created: 0, model: '' };

function toWireCall({ index, id, name, isCustom, text }: CallPart, isDelta: boolean): Fields {
  const type = isCustom ? 'custom' : 'function';
  return {
    ...(isDelta && { index }),
    ...(id !== undefined && { id }),
    ...((id !== undefined || name !== undefined) && { type }),
    [type]: { ...(name !== undefined && { name }), [isCustom ? 'input' : 'arguments']: text },
  };
}

/** Writes chunks of chat completions as server-sent events. Text of one kind that comes in one read makes one chunk. */
export class ChunkWriter implements ChatAnswer {
  private head = NO_HEAD;
  /** JSON before and after the delta of a chunk. */
  private before = '';
  private written = '';
  private kind: TextKind = 'content';
  private pending = '';

  constructor(private readonly includesUsage: boolean) {}

  begin(head: AnswerHead): void {
    this.head = head;
    const { id, created, model } = head;
    const envelope = JSON.stringify({ id, object: 'chat.completion.chunk', created, model });
    this.before = `data: ${envelope.slice(0, -1)},"choices":[{"index":0,"delta":`;
    this.delta({ role: 'assistant', content: '' });
  }

  text(kind: TextKind, text: string): void {
    if (kind !== this.kind) this.flush();
    this.kind = kind;
    this.pending += text;
  }

  call(part: CallPart): void {
    this.flush();
    this.delta({ tool_calls: [toWireCall(part, true)] });
  }

  add(field: ListField, value: Fields): void {
    this.flush();
    this.delta({ [field]: [value] });
  }

  logprobs(content: readonly unknown[]): void {
    const text = this.pending;
    this.pending = '';
    this.delta({ content: text }, `"logprobs":${JSON.stringify({ content, refusal: null })},"finish_reason":null`);
  }

  finish(reason: FinishReason, usage: OpenAiUsage | undefined): void {
    this.flush();
    this.delta({}, `"finish_reason":"${reason}"`);
    if (usage && this.includesUsage) {
      const { id, created, model } = this.head;
      const chunk = { id, object: 'chat.completion.chunk', created, model, choices: [], usage };
      this.written += `data: ${JSON.stringify(chunk)}\n\n`;
    }
    this.written += 'data: [DONE]\n\n';
  }

  take(): string {
    this.flush();
    const { written } = this;
    this.written = '';
    return written;
  }

  private flush(): void {
    if (this.pending === '') return;
    const { pending } = this;
    this.pending = '';
    this.delta({ [this.kind]: pending });
  }

  private delta(delta: Fields, rest = '"finish_reason":null'): void {
    this.written += `${this.before}${JSON.stringify(delta)},${rest}}]}\n\n`;
  }
}

/** Collects an answer into one chat completion. */
export class CompletionWriter implements ChatAnswer {
  private head = NO_HEAD;
  private readonly texts: Record<TextKind, string> = { content: '', refusal: '', reasoning_content: '' };
  private readonly calls = new Map<number, CallPart>();
  private readonly lists: Partial<Record<ListField, Fields[]>> = {};
  private readonly tokens: unknown[] = [];
  private written = '';

  begin(head: AnswerHead): void {
    this.head = head;
  }

  text(kind: TextKind, text: string): void {
    this.texts[kind] += text;
  }

  call(part: CallPart): void {
    const before = this.calls.get(part.index);
    this.calls.set(part.index, before ? { ...before, text: before.text + part.text } : part);
  }

  add(field: ListField, value: Fields): void {
    (this.lists[field] ??= []).push(value);
  }

  logprobs(content: readonly unknown[]): void {
    this.tokens.push(...content);
  }

  finish(reason: FinishReason, usage: OpenAiUsage | undefined): void {
    const { content, refusal, reasoning_content } = this.texts;
    const calls = [...this.calls.values()].map((part) => toWireCall(part, false));
    const { id, created, model } = this.head;
    const message = {
      role: 'assistant',
      content: content === '' && (calls.length > 0 || refusal !== '') ? null : content,
      refusal: refusal === '' ? null : refusal,
      ...(reasoning_content !== '' && { reasoning_content }),
      ...(calls.length > 0 && { tool_calls: calls }),
      ...this.lists,
    };
    const logprobs = this.tokens.length > 0 ? { content: this.tokens, refusal: null } : null;
    const choices = [{ index: 0, message, logprobs, finish_reason: reason }];
    this.written = JSON.stringify({ id, object: 'chat.completion', created, model, choices, ...(usage && { usage }) });
  }

  take(): string {
    const { written } = this;
    this.written = '';
    return written;
  }
}
