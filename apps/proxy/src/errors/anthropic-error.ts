import { ShutdownError } from '#errors';
import { isRecord, parseJson } from '#primitives';
import { toPassthroughError } from './passthrough-error.js';
import type { ErrorResponse } from './error-response.js';

/** The type by status; the API's own 529 is what others answer 503 for. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

/**
 * Any failure as a client of the Messages API expects it. What a backend words in that way passes unchanged, unless it
 * is about our key; another shape of a backend is put into this one.
 */
export function toAnthropicError(failure: unknown): ErrorResponse {
  const { status, message, backendBody, retryAfter } = toPassthroughError(failure);
  const own = backendBody !== undefined && isAnthropic(backendBody) ? backendBody : undefined;
  return { status, body: own ?? write(typeOf(status), message), ...(retryAfter && { retryAfter }) };
}

const BROKEN_OFF = write('api_error', 'upstream error: the answer broke off before its end');

/** The last event of a stream that failed; no `message_stop` follows. */
export function toAnthropicEvent(failure: unknown): string {
  const data = failure instanceof ShutdownError ? toAnthropicError(failure).body : BROKEN_OFF;
  return `event: error\ndata: ${data}\n\n`;
}

function typeOf(status: number): string {
  return TYPES.get(status) ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

function write(type: string, message: string): string {
  return JSON.stringify({ type: 'error', error: { type, message } });
}

function isAnthropic(body: string): boolean {
  const value = parseJson(body);
  return isRecord(value) && value.type === 'error' && isRecord(value.error);
}
