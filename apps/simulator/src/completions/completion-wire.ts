import type { Chunk } from '../http/sse.js';
import { toCompletionLogprobs } from '../chat/logprobs.js';
import { toUsageBody } from '../chat/usage.js';
import type { Usage } from '../chat/usage.js';
import type { Dialect } from '../dialects/dialect.js';
import type { JsonObject } from '../json.js';
import type { Script } from '../scripts/script.js';

export interface CompletionContext {
  head: JsonObject;
  tokens: string[];
  finish: string | null;
  /** Number of alternatives per token; undefined when not asked for. */
  logprobs: number | undefined;
  usage: Usage;
  includeUsage: boolean;
  script: Script;
  dialect: Dialect;
}

export function toCompletionJson(context: CompletionContext): JsonObject {
  const { head, tokens, finish, usage, script } = context;
  return {
    ...head,
    choices: [toChoice(context, { tokens, finish, offset: 0 })],
    ...(!script.noUsage && { usage: toUsageBody(usage, script) }),
  };
}

export function* toCompletionChunks(context: CompletionContext): Generator<Chunk> {
  const { head, tokens, finish, usage, includeUsage, script, dialect } = context;
  let offset = 0;
  for (const token of tokens) {
    yield { body: { ...head, choices: [toChoice(context, { tokens: [token], finish: null, offset })] }, token: true };
    offset += token.length;
  }
  const inFinish = dialect.usage !== 'own-chunk' && !script.noUsage;
  const usageField = { usage: toUsageBody(usage, script) };
  if (!script.noFinish) {
    yield {
      body: { ...head, choices: [toChoice(context, { tokens: [], finish, offset })], ...(inFinish && usageField) },
      token: false,
    };
  }
  if (includeUsage && !inFinish && !script.noUsage)
    yield { body: { ...head, choices: [], ...usageField }, token: false };
}

interface Piece {
  tokens: string[];
  finish: string | null;
  /** Where the piece begins in the text. */
  offset: number;
}

function toChoice({ logprobs }: CompletionContext, { tokens, finish, offset }: Piece): JsonObject {
  const withLogprobs = logprobs !== undefined && tokens.length > 0;
  return {
    index: 0,
    text: tokens.join(''),
    logprobs: withLogprobs ? toCompletionLogprobs(tokens, logprobs, offset) : null,
    finish_reason: finish,
  };
}
