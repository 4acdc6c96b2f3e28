import { ContextLengthError, PreviousResponseError, RateLimitError, ShutdownError, UnauthorizedError } from '#errors';
import { isRecord, parseJson } from '#primitives';
import type { ErrorFormat } from './error-format.js';

/** An upstream's own error object passes unchanged. */
export const openAiFormat: ErrorFormat = {
  keepsUpstreamStatus: true,
  hasRetryHeader: true,
  body: ({ cause, status, message, upstreamBody }) => {
    if (upstreamBody !== undefined && hasErrorObject(upstreamBody)) return upstreamBody;
    const { type = typeOf(status), code = null, param = null } = namesOf(cause);
    return write(message, type, code, param);
  },
  // No `[DONE]` follows.
  streamEnd: (failure) => {
    const isShutdown = failure.cause instanceof ShutdownError;
    const body = isShutdown ? openAiFormat.body(failure) : write(failure.message, 'upstream_error', 'stream_truncated');
    return `data: ${body}\n\n`;
  },
};

function write(message: string, type: string, code: string | null, param: string | null = null): string {
  return JSON.stringify({ error: { message, type, param, code } });
}

/** The type by status (protocol W28). */
function typeOf(status: number): string {
  if (status === 404) return 'not_found_error';
  return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429
    ? 'invalid_request_error'
    : 'api_error';
}

/** Type, code and parameter where the status alone does not give them. */
function namesOf(cause: unknown): { type?: string; code?: string; param?: string } {
  if (cause instanceof PreviousResponseError) return { code: cause.code, param: cause.param };
  if (cause instanceof UnauthorizedError) return { type: 'invalid_request_error', code: 'invalid_api_key' };
  if (cause instanceof ContextLengthError) return { code: 'context_length_exceeded' };
  return cause instanceof RateLimitError ? { type: cause.limit, code: 'rate_limit_exceeded' } : {};
}

function hasErrorObject(body: string): boolean {
  const value = parseJson(body);
  return isRecord(value) && isRecord(value.error);
}
