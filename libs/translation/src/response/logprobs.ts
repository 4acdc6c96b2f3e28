import type { OllamaLogprob, OpenAiChoice } from '#contracts';
import { isRecord } from '#primitives';

const utf8 = new TextEncoder();

/**
 * The logprobs of a choice in Ollama's form, each with at most `alternatives` others (protocol W33). Entries that are not
 * objects are skipped.
 */
export function toOllamaLogprobs({ logprobs }: OpenAiChoice, alternatives: number): OllamaLogprob[] {
  if (!isRecord(logprobs)) return [];
  const { content, tokens, token_logprobs: values } = logprobs;
  if (Array.isArray(content)) return toList(content, alternatives);
  if (!Array.isArray(tokens)) return [];
  return tokens.map((token, index) =>
    toOllamaLogprob({ token, logprob: Array.isArray(values) ? (values as unknown[])[index] : 0 }, 0),
  );
}

function toList(entries: unknown, alternatives: number): OllamaLogprob[] {
  if (!Array.isArray(entries)) return [];
  return entries.filter(isRecord).map((entry) => toOllamaLogprob(entry, alternatives));
}

function toOllamaLogprob(entry: Record<string, unknown>, alternatives: number): OllamaLogprob {
  const token = typeof entry.token === 'string' ? entry.token : '';
  const logprob = Number.isFinite(entry.logprob) ? (entry.logprob as number) : 0;
  const bytes = isBytes(entry.bytes) ? entry.bytes : [...utf8.encode(token)];
  const others = alternatives > 0 ? toList(entry.top_logprobs, 0).slice(0, alternatives) : [];
  return {
    token,
    logprob,
    ...(bytes.length > 0 && { bytes }),
    ...(others.length > 0 && { top_logprobs: others }),
  };
}

function isBytes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
}
