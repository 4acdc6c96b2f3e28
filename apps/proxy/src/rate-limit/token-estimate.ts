import type { Request } from 'express';

/** English text; other languages have more tokens, which the upstream's own count corrects. */
const BYTES_PER_TOKEN = 4;

/** Tokens; few answers are as long as the request allows. */
const MAX_RESERVED_TOKENS = 4096;

/** Options come before the messages or after them, so both ends of a body are searched, this many characters each. */
const SEARCHED_LENGTH = 4096;
const MAX_TOKENS = /"(?:max_tokens|max_completion_tokens|max_output_tokens|num_predict)"\s*:\s*(\d{1,9})/;

export function usesTokens({ routeInfo }: Pick<Request, 'routeInfo'>): boolean {
  return routeInfo.genAi !== undefined;
}

export function estimatePrompt({ bodyText = '' }: Pick<Request, 'bodyText'>): number {
  return Math.max(1, Math.ceil(bodyText.length / BYTES_PER_TOKEN));
}

/** The answer's tokens, as far as the request limits them. */
export function estimateAnswer({ bodyText = '' }: Pick<Request, 'bodyText'>): number {
  const found =
    MAX_TOKENS.exec(bodyText.slice(0, SEARCHED_LENGTH)) ?? MAX_TOKENS.exec(bodyText.slice(-SEARCHED_LENGTH));
  return Math.min(Number(found?.[1] ?? 0), MAX_RESERVED_TOKENS);
}

interface FinishedCall {
  readonly promptEstimate: number;
  readonly status: number;
  readonly isWhole: boolean;
  /** Bytes of the response. */
  readonly sentBytes: number;
}

/**
 * Tokens that a finished call has used: the upstream's count; 0 for a call that failed before it generated anything;
 * otherwise, for clients that left before the end and upstreams that do not count, an estimate by the text so far.
 */
export function tokensUsed(
  { routeInfo, record }: Pick<Request, 'routeInfo' | 'record'>,
  { promptEstimate, status, isWhole, sentBytes }: FinishedCall,
): number {
  const { usage, answer, sentAt, firstAt, failure } = record;
  if (usage) return usage.input + usage.output;
  const hasFailed = isWhole && (status >= 400 || (failure !== undefined && firstAt === undefined));
  if (sentAt === undefined || hasFailed) return 0;
  // Vectors are not generated tokens.
  const bySize = routeInfo.genAi === 'embeddings' ? 0 : Math.ceil(sentBytes / BYTES_PER_TOKEN);
  const { input, output } = answer?.estimatedUsage ?? { input: undefined, output: bySize };
  return (input ?? promptEstimate) + output;
}
