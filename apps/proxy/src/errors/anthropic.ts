import { isRecord, parseJson } from '#primitives';
import type { ErrorFormat } from './error-format.js';

/** The type by status; 529 is this API's own status for overload. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

/** The Messages API. An upstream's error in this shape passes unchanged; any other shape is put into it. */
export const anthropicFormat: ErrorFormat = {
  keepsUpstreamStatus: true,
  hasRetryHeader: true,
  body: ({ status, message, upstreamBody }) =>
    upstreamBody !== undefined && isAnthropic(upstreamBody) ? upstreamBody : write(typeOf(status), message),
  // No `message_stop` follows.
  streamEnd: ({ status, message }) => `event: error\ndata: ${write(typeOf(status), message)}\n\n`,
};

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
