import { AnswerDecoder } from '#streaming';
import type { OllamaAnswer } from '#translation';
import { TranslationService } from '#translation';
import type { RecordedStream } from './streams.js';

/** What an answer comes to, however many lines it took. */
export interface Outcome {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly unknown[];
  readonly logprobs: readonly unknown[];
  readonly end: Readonly<Record<string, unknown>> | undefined;
  readonly failure: string | undefined;
}

export interface Line {
  readonly message?: { content: string; thinking?: string; tool_calls?: unknown[] };
  readonly response?: string;
  readonly logprobs?: unknown[];
  readonly done: boolean;
  readonly done_reason?: string;
  readonly prompt_eval_count?: number;
  readonly eval_count?: number;
}

const clock = { now: () => 0, timestamp: () => '2026-01-01T00:00:00Z' };
const shared = { model: 'm', stream: true, options: {}, logprobs: true, top_logprobs: 2 };

function newAnswer(path: RecordedStream['path']): OllamaAnswer<Line> {
  let ids = 0;
  const translation = new TranslationService(clock, () => `call_${String(ids++)}`);
  if (path === '/chat/completions') return translation.chatAnswer({ ...shared, messages: [], tools: [] }, 0);
  const prompt = { prompt: 'p', suffix: '', system: '', template: '', raw: true, images: [] };
  return translation.generateAnswer({ ...shared, ...prompt }, 0);
}

/** Reads an answer that arrives in these pieces, the way the proxy does. */
export function readPieces(
  { path, type }: Pick<RecordedStream, 'path' | 'type'>,
  pieces: readonly Uint8Array[],
): Outcome {
  const decoder = new AnswerDecoder(type);
  const answer = newAnswer(path);
  const lines: Line[] = [];
  try {
    for (const piece of pieces) if (!answer.isOver) lines.push(...answer.read(decoder.feed(piece, answer.pattern)));
    if (!answer.isOver) {
      const whole = decoder.whole();
      if (whole === undefined) lines.push(...answer.read(decoder.end()));
      else answer.readWhole(whole);
    }
    lines.push(...answer.end());
    return merge(lines, undefined);
  } catch (error) {
    return merge(lines, error instanceof Error ? error.message : String(error));
  }
}

/** Lines joined to what they say together. */
export function merge(lines: readonly Line[], failure: string | undefined): Outcome {
  const last = lines.at(-1);
  return {
    text: lines.map(({ message, response }) => message?.content ?? response ?? '').join(''),
    thinking: lines.map(({ message }) => message?.thinking ?? '').join(''),
    calls: lines.flatMap(({ message }) => message?.tool_calls ?? []),
    logprobs: lines.flatMap(({ logprobs }) => logprobs ?? []),
    end: last?.done
      ? { reason: last.done_reason, prompt: last.prompt_eval_count, completion: last.eval_count }
      : undefined,
    failure,
  };
}

/** The bytes cut at these places; each place is a share of the whole. */
export function cutAt(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const places = [...new Set(shares.map((share) => Math.floor(share * bytes.length)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

/** One byte at a time. */
export function toBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}
