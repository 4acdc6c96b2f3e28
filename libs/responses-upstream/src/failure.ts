import { findErrorText, redact, statusForClient } from '#dialects';
import { UpstreamError } from '#errors';
import { isRecord } from '#primitives';

/** Codes of failures that more of the same requests make worse. */
const LIMITS = new Set(['rate_limit_exceeded', 'insufficient_quota', 'usage_limit_reached']);

/** Codes of failures that the request has caused; the rest are the upstream's own. */
const REQUEST_CODES = /context_length_exceeded|^invalid_|^unsupported_|image/;

/** A failure inside a response with status 200: the `error` of a failed response, or of an `error` event. */
export function toResponseFailure(error: unknown, fallback: string): UpstreamError {
  const { code, type } = isRecord(error) ? error : {};
  const named = [code, type].find((each) => typeof each === 'string');
  const message = redact(findErrorText({ error }) ?? fallback);
  const upstreamStatus = statusOf(named ?? '');
  return new UpstreamError(message, {
    status: statusForClient(upstreamStatus, message),
    upstreamStatus,
    body: redact(JSON.stringify({ error })),
  });
}

function statusOf(code: string): number {
  if (LIMITS.has(code)) return 429;
  return REQUEST_CODES.test(code) ? 400 : 502;
}
