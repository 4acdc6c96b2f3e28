import type { OpenAiUsage } from '#contracts';
import type { CallUsage } from '#observability';
import { countTokens } from '#translation';

/** Usage comes at the end of an answer, in its last event or behind its last choice; it and what follows fit into this. */
const TAIL_BYTES = 8192;

/** The model stands at the beginning, in the first event or before the choices. */
const HEAD_BYTES = 1024;

/** Names that a backend made up end here. */
const MODEL = /"model"\s*:\s*"([^"\\]{1,200})"/;
/** The second one is what the Messages API says. Inside a text the quotes would be escaped. */
const FINISH_REASON = /"(?:finish|stop)_reason"\s*:\s*"([^"\\]{1,100})"/g;

/** Finds the usage of an answer that is passed on unread, from its last bytes; also what else traces tell. */
export class UsageTail {
  private parts: Uint8Array[] = [];
  private size = 0;
  private head: Buffer | undefined;

  /** @param keepsHead for `responseModel` */
  constructor(private readonly keepsHead = false) {}

  feed(batch: readonly Uint8Array[]): void {
    // A copy: a piece of the wire would keep the whole read in memory.
    if (this.keepsHead && batch[0]) this.head ??= Buffer.from(batch[0].subarray(0, HEAD_BYTES));
    for (const part of batch) {
      this.parts.push(part);
      this.size += part.length;
    }
    while (this.parts[0] && this.size - this.parts[0].length >= TAIL_BYTES) {
      this.size -= this.parts[0].length;
      this.parts.shift();
    }
  }

  get usage(): CallUsage | undefined {
    const { text } = this;
    for (let at = text.lastIndexOf('"usage"'); at !== -1; at = at > 0 ? text.lastIndexOf('"usage"', at - 1) : -1) {
      const counts = read(text, at + '"usage"'.length);
      if (counts) return counts;
    }
    return undefined;
  }

  get finishReasons(): string[] {
    return Array.from(this.text.matchAll(FINISH_REASON), ([, reason = '']) => reason);
  }

  /** Empty when it stands elsewhere. */
  get responseModel(): string {
    return MODEL.exec(this.head?.toString('utf8') ?? '')?.[1] ?? '';
  }

  private get text(): string {
    return Buffer.concat(this.parts).subarray(-TAIL_BYTES).toString('utf8');
  }
}

/** The object behind a key; input_tokens and output_tokens are what the Responses and Messages APIs say. */
function read(text: string, from: number): CallUsage | undefined {
  const start = text.indexOf('{', from);
  if (start === -1 || /[^\s:]/.test(text.slice(from, start))) return undefined;
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return toUsage(text.slice(start, at + 1));
  }
  return undefined;
}

function toUsage(text: string): CallUsage | undefined {
  let usage: OpenAiUsage & { input_tokens?: number; output_tokens?: number };
  try {
    usage = JSON.parse(text) as typeof usage;
  } catch {
    return undefined;
  }
  const { prompt, completion, details } = countTokens({
    ...usage,
    prompt_tokens: usage.prompt_tokens ?? usage.input_tokens,
    completion_tokens: usage.completion_tokens ?? usage.output_tokens,
  });
  return prompt + completion > 0 ? { input: prompt, output: completion, ...details } : undefined;
}
