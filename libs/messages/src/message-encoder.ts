import type { AnswerPart, CallPart, OllamaToolCall, SealedPart, TextPart } from '#contracts';
import { event } from './event.js';
import type { ReplyContext } from './to-chat-request.js';

/** Tokens as the upstream counted them. */
interface MessageUsage {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** How an answer ended. */
export interface MessageEnd {
  /** In the upstream's words; empty where there was none. */
  readonly finishReason: string;
  readonly toolCalls: readonly OllamaToolCall[];
  readonly usage: MessageUsage | undefined;
  /** The stop sequence that ended the text, where it is known. */
  readonly stopSequence?: string | undefined;
}

export interface EncoderOptions extends ReplyContext {
  /** `msg_…`, unique. */
  readonly id: string;
  /** Of the prompt: sent first, replaced by the upstream's count at the end. */
  readonly inputEstimate: number;
  /** A signature that holds the thinking, and what the upstream encrypted of it, so that the client returns it. */
  readonly sign: (thinking: string, sealed: string | undefined) => string;
}

const LENGTH = new Set(['length', 'max_tokens', 'model_length']);
const REFUSED = new Set(['content_filter', 'refusal', 'safety']);

type BlockKind = 'thinking' | 'text' | 'call';

/**
 * One answer as the events of the Messages API: text and the arguments of calls go out as they come, each block is closed
 * before the next is opened. Every event has its `event:` line, without which clients drop it.
 */
export class MessageEncoder {
  private index = -1;
  private open: BlockKind | undefined;
  /** Of the open call. */
  private callId = '';
  private thinking = '';
  private refusal = '';
  private hasCalls = false;
  private hasStarted = false;

  constructor(private readonly options: EncoderOptions) {}

  /** The head of the stream; sent once, by the first call of any method. */
  start(): string {
    if (this.hasStarted) return '';
    this.hasStarted = true;
    const { inputEstimate } = this.options;
    const usage = toUsage({ input: inputEstimate, output: 1 });
    return event('message_start', { message: { ...this.message(), usage } });
  }

  ping(): string {
    return this.start() + event('ping', {});
  }

  parts(parts: readonly AnswerPart[]): string {
    let events = this.start();
    for (const part of parts) events += this.part(part);
    return events;
  }

  end(end: MessageEnd): string {
    const events = this.start() + this.closeBlock();
    const delta = this.stopOf(end);
    return events + event('message_delta', { delta, usage: this.usageOf(end) }) + event('message_stop', {});
  }

  /** A whole answer. */
  whole(parts: readonly AnswerPart[], end: MessageEnd): object {
    const content = parts.flatMap((part, at) => this.toBlock(part, parts[at - 1], parts[at + 1]));
    const calls = end.toolCalls.map(({ id = '', function: { name, arguments: input } }) =>
      this.toToolUse({ id, name }, input),
    );
    this.hasCalls = calls.length > 0;
    return { ...this.message(), content: [...content, ...calls], ...this.stopOf(end), usage: this.usageOf(end) };
  }

  private part(part: AnswerPart): string {
    if (part.kind === 'call') return this.call(part);
    return part.kind === 'sealed' ? this.seal(part) : this.text(part);
  }

  /** Closes the thinking that summarizes it; encrypted reasoning without a summary is a block of its own, for clients that take one. */
  private seal({ text }: SealedPart): string {
    if (this.open === 'thinking') return this.closeBlock(text);
    return this.options.enablesThinking ? this.openThinking() + this.closeBlock(text) : '';
  }

  private openThinking(): string {
    return this.openBlock('thinking', { type: 'thinking', thinking: '', signature: '' });
  }

  private text({ kind, text }: TextPart): string {
    if (text === '' || (kind === 'thinking' && !this.options.wantsThinking)) return '';
    if (kind === 'thinking') {
      const events = this.openThinking();
      this.thinking += text;
      return events + (this.options.omitsThinking ? '' : this.delta({ type: 'thinking_delta', thinking: text }));
    }
    if (kind === 'refusal') this.refusal += text;
    return this.openBlock('text', { type: 'text', text: '' }) + this.delta({ type: 'text_delta', text });
  }

  private call({ id, name, text }: CallPart): string {
    const isNew = this.open !== 'call' || this.callId !== id;
    const events = isNew ? this.closeBlock() + this.openBlock('call', this.toToolUse({ id, name }, {})) : '';
    this.callId = id;
    this.hasCalls = true;
    return events + this.delta({ type: 'input_json_delta', partial_json: text });
  }

  private toBlock(part: AnswerPart, before: AnswerPart | undefined, after: AnswerPart | undefined): object[] {
    const { kind, text } = part;
    if (text === '' || kind === 'call') return [];
    if (kind === 'thinking') return this.toThinking(text, after?.kind === 'sealed' ? after.text : undefined);
    if (kind === 'sealed')
      return before?.kind === 'thinking' || !this.options.enablesThinking ? [] : this.toThinking('', text);
    if (kind === 'refusal') this.refusal += text;
    return [{ type: 'text', text }];
  }

  private toThinking(text: string, sealed: string | undefined): object[] {
    const { wantsThinking, omitsThinking, sign } = this.options;
    if (!wantsThinking) return [];
    return [{ type: 'thinking', thinking: omitsThinking ? '' : text, signature: sign(text, sealed) }];
  }

  private message(): object {
    const { id, model } = this.options;
    return { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null };
  }

  private openBlock(kind: BlockKind, block: object): string {
    if (this.open === kind) return '';
    const events = this.closeBlock();
    this.open = kind;
    this.index += 1;
    return events + event('content_block_start', { index: this.index, content_block: block });
  }

  private closeBlock(sealed?: string): string {
    const { open } = this;
    if (open === undefined) return '';
    this.open = undefined;
    const signature =
      open === 'thinking'
        ? this.delta({ type: 'signature_delta', signature: this.options.sign(this.thinking, sealed) })
        : '';
    this.thinking = '';
    return signature + event('content_block_stop', { index: this.index });
  }

  private toToolUse({ id, name }: { id: string; name: string }, input: unknown): object {
    return { type: 'tool_use', id, name: this.options.names.get(name) ?? name, input };
  }

  private delta(delta: object): string {
    return event('content_block_delta', { index: this.index, delta });
  }

  private usageOf({ usage }: MessageEnd): object {
    return toUsage(usage ?? { input: this.options.inputEstimate, output: 1 });
  }

  private stopOf({ finishReason, stopSequence }: MessageEnd): Stop {
    if (this.refusal !== '' || REFUSED.has(finishReason)) {
      const stop_details = { type: 'refusal', category: null, explanation: this.refusal || null };
      return { stop_reason: 'refusal', stop_sequence: null, stop_details };
    }
    if (LENGTH.has(finishReason)) return { stop_reason: 'max_tokens', stop_sequence: null };
    if (this.hasCalls) return { stop_reason: 'tool_use', stop_sequence: null };
    if (stopSequence !== undefined) return { stop_reason: 'stop_sequence', stop_sequence: stopSequence };
    return { stop_reason: 'end_turn', stop_sequence: null };
  }
}

/** The total prompt is input_tokens + cache reads + cache writes: cached tokens are not counted twice. */
function toUsage({ input, output, cached = 0, reasoning }: MessageUsage): object {
  return {
    input_tokens: Math.max(0, input - cached),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: Math.min(cached, input),
    output_tokens: output,
    ...(reasoning !== undefined && { output_tokens_details: { thinking_tokens: reasoning } }),
  };
}

interface Stop {
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
  readonly stop_details?: object;
}
