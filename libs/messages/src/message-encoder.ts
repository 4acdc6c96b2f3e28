import type { OllamaToolCall } from '#contracts';
import type { ReplyContext } from './to-chat-request.js';

/** Text of one kind, in the order it was generated. */
export interface TextSegment {
  readonly kind: 'thinking' | 'content';
  readonly text: string;
}

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
  /** The model declined: the text of the refusal. */
  readonly refusal?: string | undefined;
}

export interface EncoderOptions extends ReplyContext {
  /** `msg_…`, unique. */
  readonly id: string;
  /** Of the prompt: sent first, replaced by the upstream's count at the end. */
  readonly inputEstimate: number;
  /** A signature that holds the thinking, so that the client returns it. */
  readonly sign: (thinking: string) => string;
}

const LENGTH = new Set(['length', 'max_tokens', 'model_length']);
const REFUSED = new Set(['content_filter', 'refusal', 'safety']);

/**
 * One answer as the events of the Messages API: text goes out as it comes, each block is closed before the next is
 * opened, tool calls follow whole. Every event has its `event:` line, without which clients drop it.
 */
export class MessageEncoder {
  private index = -1;
  private open: TextSegment['kind'] | undefined;
  private thinking = '';
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

  text(segments: readonly TextSegment[]): string {
    let events = this.start();
    for (const { kind, text } of segments) {
      if (text === '' || (kind === 'thinking' && !this.options.wantsThinking)) continue;
      events += this.openBlock(kind);
      if (kind === 'content') events += this.delta({ type: 'text_delta', text });
      else {
        this.thinking += text;
        if (!this.options.omitsThinking) events += this.delta({ type: 'thinking_delta', thinking: text });
      }
    }
    return events;
  }

  end(end: MessageEnd): string {
    let events = this.start() + this.closeBlock();
    for (const call of end.toolCalls) events += this.toolUse(call);
    const { stop_reason, stop_sequence, stop_details } = stopOf(end);
    const usage = toUsage(end.usage ?? { input: this.options.inputEstimate, output: 1 });
    const delta = { stop_reason, stop_sequence, ...(stop_details && { stop_details }) };
    return events + event('message_delta', { delta, usage }) + event('message_stop', {});
  }

  /** A whole answer. */
  whole(segments: readonly TextSegment[], end: MessageEnd): object {
    const content = segments.flatMap((segment) => this.toBlock(segment));
    const calls = end.toolCalls.map((call) => this.toToolUse(call, call.function.arguments));
    return {
      ...this.message(),
      content: [...content, ...calls],
      ...stopOf(end),
      usage: toUsage(end.usage ?? { input: this.options.inputEstimate, output: 1 }),
    };
  }

  private toBlock({ kind, text }: TextSegment): object[] {
    if (text === '') return [];
    if (kind === 'content') return [{ type: 'text', text }];
    if (!this.options.wantsThinking) return [];
    const { omitsThinking, sign } = this.options;
    return [{ type: 'thinking', thinking: omitsThinking ? '' : text, signature: sign(text) }];
  }

  private message(): object {
    const { id, model } = this.options;
    return { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null };
  }

  private openBlock(kind: TextSegment['kind']): string {
    if (this.open === kind) return '';
    const events = this.closeBlock();
    this.open = kind;
    this.index += 1;
    const block = kind === 'content' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' };
    return events + event('content_block_start', { index: this.index, content_block: block });
  }

  private closeBlock(): string {
    const { open } = this;
    if (open === undefined) return '';
    this.open = undefined;
    const signature =
      open === 'thinking' ? this.delta({ type: 'signature_delta', signature: this.options.sign(this.thinking) }) : '';
    this.thinking = '';
    return signature + event('content_block_stop', { index: this.index });
  }

  private toolUse(call: OllamaToolCall): string {
    this.index += 1;
    const { index } = this;
    return (
      event('content_block_start', { index, content_block: this.toToolUse(call, {}) }) +
      this.delta({ type: 'input_json_delta', partial_json: JSON.stringify(call.function.arguments) }) +
      event('content_block_stop', { index })
    );
  }

  private toToolUse({ id, function: { name } }: OllamaToolCall, input: unknown): object {
    return { type: 'tool_use', id, name: this.options.names.get(name) ?? name, input };
  }

  private delta(delta: object): string {
    return event('content_block_delta', { index: this.index, delta });
  }
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
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

function stopOf({ finishReason, toolCalls, stopSequence, refusal }: MessageEnd): Stop {
  if (refusal !== undefined || REFUSED.has(finishReason)) {
    const stop_details = { type: 'refusal', category: null, explanation: refusal ?? null };
    return { stop_reason: 'refusal', stop_sequence: null, stop_details };
  }
  if (LENGTH.has(finishReason)) return { stop_reason: 'max_tokens', stop_sequence: null };
  if (toolCalls.length > 0) return { stop_reason: 'tool_use', stop_sequence: null };
  if (stopSequence !== undefined) return { stop_reason: 'stop_sequence', stop_sequence: stopSequence };
  return { stop_reason: 'end_turn', stop_sequence: null };
}
