import type { OpenAiUsage } from '#contracts';
import type { CallUsage, EstimatedUsage } from '#observability';
import { parseJson } from '#primitives';
import { countTokens, estimateTokens } from '#translation';
import { toBuffer } from './to-buffer.js';

const KEY = Buffer.from('"usage"');
/** What is searched: without the quote at which a search of JSON would stop all the time. */
const KEY_END = KEY.subarray(1);

/** A usage object has some 500 bytes; one that does not end within this is something else. */
const MAX_USAGE_BYTES = 8192;

/** For traces: the model is in the first event or before the choices, finish reasons are at the end. */
const HEAD_BYTES = 1024;
const TAIL_BYTES = 8192;

/** No model has a longer name. */
const MODEL = /"model"\s*:\s*"([^"\\]{1,200})"/;
/** `stop_reason` in the Messages API. Inside a text the quotes would be escaped. */
const FINISH_REASON = /"(?:finish|stop)_reason"\s*:\s*"([^"\\]{1,100})"/g;

/** Where the events of the Chat, Responses and Messages APIs have text, reasoning and arguments of tools. */
const DELTA =
  /"(?:content|text|delta|reasoning|reasoning_content|thinking|partial_json|arguments)"\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)/g;

const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;
const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;

export interface UsageReaderOptions {
  /** Whether finish reasons and the model are read. */
  readonly isTraced?: boolean;
  /** Whether the text of events is counted, for `estimatedUsage`. */
  readonly countsText?: boolean;
}

/**
 * Reads the usage of a response that is forwarded unchanged, wherever it is: the Messages API counts the input in its first
 * event and the output in its last, and the Responses API has the request's metadata behind its usage.
 */
export class UsageReader {
  /** The greatest counts so far: those of a stream only grow. */
  usage: CallUsage | undefined;
  /** The end of the last chunk, if a usage object or its key may continue in the next. */
  private rest: Uint8Array | undefined;
  private deltas = 0;
  private characters = 0;
  private head: Buffer | undefined;
  private tail: Uint8Array[] = [];
  private tailSize = 0;

  constructor(private readonly options: UsageReaderOptions = {}) {}

  feed(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      this.findUsage(chunk);
      if (this.options.isTraced) this.keepEnds(chunk);
      if (this.options.countsText) this.countText(chunk);
    }
  }

  /** Tokens so far: for a stream that ends before its last event, or that has no usage. */
  get estimatedUsage(): EstimatedUsage {
    const output = estimateTokens(this.deltas, this.characters);
    return { input: this.usage?.input, output: Math.max(output, this.usage?.output ?? 0) };
  }

  get finishReasons(): string[] {
    const text = Buffer.concat(this.tail).subarray(-TAIL_BYTES).toString('utf8');
    return Array.from(text.matchAll(FINISH_REASON), ([, reason = '']) => reason);
  }

  /** Empty if it is not at the beginning. */
  get responseModel(): string {
    return MODEL.exec(this.head?.toString('utf8') ?? '')?.[1] ?? '';
  }

  private findUsage(chunk: Uint8Array): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : toBuffer(chunk);
    this.rest = undefined;
    let from = 0;
    for (;;) {
      const at = indexOfKey(bytes, from);
      if (at === -1) {
        // A copy: a part of the chunk would keep the whole read in memory.
        const partial = partialKeyLength(bytes);
        if (partial > 0) this.rest = Uint8Array.from(bytes.subarray(-partial));
        return;
      }
      const end = endOfObject(bytes, at + KEY.length);
      if (end === undefined && bytes.length - at < MAX_USAGE_BYTES) {
        this.rest = Uint8Array.from(bytes.subarray(at));
        return;
      }
      from = at + KEY.length;
      if (end !== undefined && end > 0)
        this.addUsage(bytes.toString('latin1', bytes.indexOf(OPENING_BRACE, from), end));
    }
  }

  private addUsage(text: string): void {
    const usage = toUsage(text);
    if (!usage) return;
    const { input = 0, output = 0, cached = 0, reasoning = 0 } = this.usage ?? {};
    const most = { cached: Math.max(cached, usage.cached ?? 0), reasoning: Math.max(reasoning, usage.reasoning ?? 0) };
    this.usage = {
      input: Math.max(input, usage.input),
      output: Math.max(output, usage.output),
      ...(most.cached > 0 && { cached: most.cached }),
      ...(most.reasoning > 0 && { reasoning: most.reasoning }),
    };
  }

  private keepEnds(chunk: Uint8Array): void {
    this.head ??= Buffer.from(chunk.subarray(0, HEAD_BYTES));
    this.tail.push(chunk);
    this.tailSize += chunk.length;
    while (this.tail[0] && this.tailSize - this.tail[0].length >= TAIL_BYTES) {
      this.tailSize -= this.tail[0].length;
      this.tail.shift();
    }
  }

  private countText(chunk: Uint8Array): void {
    for (const [, text = ''] of toBuffer(chunk).toString('utf8').matchAll(DELTA)) {
      if (text === '') continue;
      this.deltas += 1;
      this.characters += text.length;
    }
  }
}

function indexOfKey(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(KEY_END, from + 1);
  while (at >= 0 && bytes[at - 1] !== QUOTE) at = bytes.indexOf(KEY_END, at + 1);
  return at < 0 ? at : at - 1;
}

/** How many bytes at the end are the beginning of the key. */
function partialKeyLength(bytes: Buffer): number {
  const last = bytes.lastIndexOf(QUOTE);
  const length = bytes.length - last;
  return last >= 0 && length < KEY.length && KEY.subarray(0, length).equals(bytes.subarray(last)) ? length : 0;
}

/** The position after the object behind a key; 0 if there is another value, undefined if there is no end yet. */
function endOfObject(bytes: Buffer, from: number): number | undefined {
  let depth = 0;
  let isText = false;
  for (let at = from; at < bytes.length && at - from < MAX_USAGE_BYTES; at += 1) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === OPENING_BRACE) depth += 1;
    else if (depth === 0) {
      if (byte !== COLON && byte !== undefined && byte > 32) return 0;
    } else if (byte === QUOTE) isText = true;
    else if (byte === CLOSING_BRACE) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** The Responses and Messages APIs call them input and output; the latter counts what it caches apart from the input. */
type AnyUsage = OpenAiUsage & {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cache_creation_input_tokens?: number;
  readonly cache_read_input_tokens?: number;
  readonly input_tokens_details?: OpenAiUsage['prompt_tokens_details'];
  readonly output_tokens_details?: OpenAiUsage['completion_tokens_details'];
};

function toUsage(text: string): CallUsage | undefined {
  const usage = parseJson(text) as AnyUsage | undefined;
  if (!usage) return undefined;
  const cached = countTokens({ prompt_tokens: usage.cache_read_input_tokens }).prompt;
  const written = countTokens({ prompt_tokens: usage.cache_creation_input_tokens }).prompt;
  const counts = countTokens({
    ...usage,
    prompt_tokens: usage.prompt_tokens ?? usage.input_tokens,
    completion_tokens: usage.completion_tokens ?? usage.output_tokens,
    prompt_tokens_details: usage.prompt_tokens_details ?? usage.input_tokens_details,
    completion_tokens_details: usage.completion_tokens_details ?? usage.output_tokens_details,
  });
  const input = counts.prompt + cached + written;
  if (input + counts.completion === 0) return undefined;
  return { input, output: counts.completion, ...(cached > 0 && { cached }), ...counts.details };
}
