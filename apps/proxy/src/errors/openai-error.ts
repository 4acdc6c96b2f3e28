import { RateLimitError, ShutdownError, UnauthorizedError } from '#errors';
import { isRecord, parseJson } from '#primitives';
import { toPassthroughError } from './passthrough-error.js';
import type { ErrorResponse } from './error-response.js';

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
export function toOpenAiError(failure: unknown): ErrorResponse {
  const { status, message, backendBody, retryAfter } = toPassthroughError(failure);
  const { type = typeOf(status), code = null } = namesOf(failure);
  const own = backendBody !== undefined && hasErrorObject(backendBody) ? backendBody : undefined;
  const body = own ?? JSON.stringify({ error: { message, type, param: null, code } });
  return { status, body, ...(retryAfter && { retryAfter }) };
}

/** How a client of the OpenAI API learns that a stream failed after its beginning. */
const BROKEN_OFF = `data: ${JSON.stringify({ error: { message: 'upstream error: the answer broke off before its end', type: 'upstream_error', param: null, code: 'stream_truncated' } })}\n\n`;

/** The last event of a stream that failed; no `[DONE]` follows. */
export function toOpenAiEvent(failure: unknown): string {
  return failure instanceof ShutdownError ? `data: ${toOpenAiError(failure).body}\n\n` : BROKEN_OFF;
}

/** Where clients look for more than the status. */
function namesOf(failure: unknown): { type?: string; code?: string } {
  if (failure instanceof UnauthorizedError) return { type: 'invalid_request_error', code: 'invalid_api_key' };
  return failure instanceof RateLimitError ? { type: failure.limit, code: 'rate_limit_exceeded' } : {};
}

function hasErrorObject(body: string): boolean {
  const value = parseJson(body);
  return isRecord(value) && isRecord(value.error);
}
