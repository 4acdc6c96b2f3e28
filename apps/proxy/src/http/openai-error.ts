import { HttpException } from '@nestjs/common';
import { ProxyException, RateLimitError, UnauthorizedError, UpstreamError } from '#errors';

export interface OpenAiError {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string;
}

/** The type by status (contract §1.11). */
function typeOf(status: number): string {
  if (status === 404) return 'not_found_error';
  return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429
    ? 'invalid_request_error'
    : 'api_error';
}

/**
 * Any failure as a client of the OpenAI API expects it. A backend's own error object passes unchanged, unless it is
 * about our key.
 */
export function toOpenAiError(failure: unknown): OpenAiError {
  const status = statusOf(failure);
  const retryAfter = failure instanceof ProxyException ? failure.retryAfter : undefined;
  return { status, body: bodyOf(failure, status), ...(retryAfter && { retryAfter }) };
}

function statusOf(failure: unknown): number {
  if (failure instanceof UpstreamError && failure.upstreamStatus !== undefined && failure.status !== 502)
    return failure.upstreamStatus;
  if (failure instanceof ProxyException) return failure.status;
  return failure instanceof HttpException ? failure.getStatus() : 500;
}

function bodyOf(failure: unknown, status: number): string {
  if (failure instanceof UpstreamError && failure.upstreamStatus === status && hasErrorObject(failure.body))
    return failure.body;
  const isTold = failure instanceof ProxyException || failure instanceof HttpException;
  const message = isTold ? failure.message : 'internal error';
  const { type = typeOf(status), code = null } = namesOf(failure);
  return JSON.stringify({ error: { message, type, param: null, code } });
}

/** Where clients look for more than the status. */
function namesOf(failure: unknown): { type?: string; code?: string } {
  if (failure instanceof UnauthorizedError) return { type: 'invalid_request_error', code: 'invalid_api_key' };
  return failure instanceof RateLimitError ? { type: failure.limit, code: 'rate_limit_exceeded' } : {};
}

function hasErrorObject(body: string): boolean {
  try {
    const value = JSON.parse(body) as { error?: unknown } | null;
    return typeof value?.error === 'object' && value.error !== null;
  } catch {
    return false;
  }
}
