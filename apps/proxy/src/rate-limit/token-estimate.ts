import type { Request } from 'express';
import type { RequestRecord } from '#observability';

/** Of text, in most languages; more for others, which the backend's own count then corrects. */
const BYTES_PER_TOKEN = 4;

/** A streamed token travels in an object of its own. */
const BYTES_PER_STREAMED_TOKEN = 200;

/** What is reserved for an answer at most: few answers are as long as they may be. */
const MAX_RESERVED = 4096;

/** Where the options of a request stand in its body: before its messages or after them. */
const EDGE = 4096;
const MAX_TOKENS = /"(?:max_tokens|max_completion_tokens|max_output_tokens|num_predict)"\s*:\s*(\d{1,9})/;

/** Routes whose calls use tokens. */
const USES_TOKENS =
  /^\/(api\/(chat|generate|embed|embeddings)|v1\/(chat\/completions|completions|embeddings|responses|messages))\/?$/;

export function usesTokens({ method, path }: Request): boolean {
  return method === 'POST' && USES_TOKENS.test(path);
}

export function estimatePrompt({ bodyText = '' }: Request): number {
  return Math.max(1, Math.ceil(bodyText.length / BYTES_PER_TOKEN));
}

/** Of the answer, as far as the request bounds it. */
export function estimateAnswer({ bodyText = '' }: Request): number {
  const found = MAX_TOKENS.exec(bodyText.slice(0, EDGE)) ?? MAX_TOKENS.exec(bodyText.slice(-EDGE));
  return Math.min(Number(found?.[1] ?? 0), MAX_RESERVED);
}

/**
 * What a call has used when it is over: what the backend counted; nothing for a call that failed; otherwise, for clients
 * that left in between and backends that do not count, what its texts look like.
 * @param sentBytes of the answer
 */
export function tokensUsed(
  request: Request,
  record: RequestRecord,
  status: number,
  isWhole: boolean,
  sentBytes: number,
): number {
  const { usage, sentAt, streamed, failure } = record;
  if (usage) return usage.input + usage.output;
  const hasFailed = isWhole && (status >= 400 || failure !== undefined);
  if (sentAt === undefined || hasFailed) return 0;
  const perToken = streamed ? BYTES_PER_STREAMED_TOKEN : BYTES_PER_TOKEN;
  return estimatePrompt(request) + Math.ceil(sentBytes / perToken);
}
