import type { JsonObject } from '../json.js';
import { digest, seedOf } from '../text/random.js';

/** Log probabilities of tokens in the form of chat completions. */
export function toChatLogprobs(tokens: string[], alternatives: number): JsonObject {
  const content = tokens.map((token) => ({ ...entry(token, 0), top_logprobs: alternativesOf(token, alternatives) }));
  return { content, refusal: null };
}

/** Log probabilities of tokens in the older form of text completions. */
export function toCompletionLogprobs(tokens: string[], alternatives: number, start: number): JsonObject {
  let offset = start;
  return {
    tokens,
    token_logprobs: tokens.map((token) => logprob(token, 0)),
    top_logprobs: tokens.map((token) =>
      Object.fromEntries(alternativesOf(token, alternatives).map((other) => [other.token, other.logprob])),
    ),
    text_offset: tokens.map((token) => (offset += token.length) - token.length),
  };
}

function alternativesOf(token: string, count: number) {
  return Array.from({ length: count }, (_, rank) => entry(rank === 0 ? token : `${token}·${rank}`, rank));
}

function entry(token: string, rank: number) {
  return { token, logprob: logprob(token, rank), bytes: [...Buffer.from(token)] };
}

/** Between -1 and 0 for the chosen token, lower with each rank. */
function logprob(token: string, rank: number): number {
  return -((seedOf(digest(token)) % 1000) / 1000) - rank;
}
