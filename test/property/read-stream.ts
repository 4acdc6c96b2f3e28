import type { OllamaStream } from '#translation';
import { TranslationService } from '#translation';
import type { RecordedStream } from './streams.js';

/** A completion, independent of the number of its lines. */
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
const shared = { model: 'm', stream: true, options: {}, logprobs: true, top_logprobs: 2, truncate: true };

function newStream({ path, type: contentType }: Pick<RecordedStream, 'path' | 'type'>): OllamaStream<Line> {
  let ids = 0;
  const translation = new TranslationService(clock, () => `call_${String(ids++)}`);
  const source = { contentType, watchedStops: [], received: 0, sent: 0 };
  if (path === '/chat/completions') return translation.chatStream({ ...shared, messages: [], tools: [] }, source);
  const prompt = { prompt: 'p', suffix: '', system: '', template: '', raw: true, images: [] };
  return translation.generateStream({ ...shared, ...prompt }, source);
}

/** Reads a response that arrives in these chunks, in the way of the proxy's pump. */
export function readChunks(recorded: Pick<RecordedStream, 'path' | 'type'>, chunks: readonly Uint8Array[]): Outcome {
  const stream = newStream(recorded);
  const lines: string[] = [];
  try {
    for (const chunk of chunks) if (!stream.isOver && stream.feed([chunk])) lines.push(...stream.take());
    if (!stream.isOver && stream.flush()) lines.push(...stream.take());
    lines.push(...stream.end());
    return merge(lines.map(parse), undefined);
  } catch (error) {
    return merge(lines.map(parse), error instanceof Error ? error.message : String(error));
  }
}

const parse = (line: string): Line => JSON.parse(line) as Line;

/** All lines joined. */
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

/** The bytes cut at these places; each place is a fraction of the length. */
export function cutAt(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const places = [...new Set(shares.map((share) => Math.floor(share * bytes.length)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

/** One byte at a time. */
export function toBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}
