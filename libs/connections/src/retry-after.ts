/** Upper limit of a wait that is believed. Anything longer is a mistake, or no time after which a client still retries. */
const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/** IMF-fixdate, the only form of an HTTP date that senders may write (RFC 9110 §5.6.7). */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const DECIMAL = /^\d+(\.\d+)?$/;

export interface RetryAfter {
  /** A valid `Retry-After` for the client: whole seconds, or an HTTP date. */
  readonly header?: string;
  /** The wait in milliseconds. */
  readonly waitMs?: number;
}

/**
 * `Retry-After` of an upstream (RFC 9110 §10.2.3). Negative numbers, words and other dates are ignored, fractions are
 * rounded up, and waits of more than a day become one day. `retry-after-ms`, which OpenAI's clients prefer, has priority
 * for the wait.
 * @param now milliseconds since 1970
 */
export function readRetryAfter(headers: Readonly<Record<string, unknown>>, now = Date.now()): RetryAfter {
  const { 'retry-after': value, 'retry-after-ms': exact } = headers;
  const after = typeof value === 'string' ? parse(value.trim(), now) : {};
  if (typeof exact !== 'string' || !DECIMAL.test(exact)) return after;
  return { ...after, waitMs: Math.min(Number(exact), MAX_WAIT_MS) };
}

function parse(value: string, now: number): RetryAfter {
  if (DECIMAL.test(value)) {
    const waitMs = Math.min(Number(value) * 1000, MAX_WAIT_MS);
    return { header: String(Math.ceil(waitMs / 1000)), waitMs };
  }
  const time = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) return {};
  if (time - now > MAX_WAIT_MS) return { header: String(MAX_WAIT_MS / 1000), waitMs: MAX_WAIT_MS };
  return { header: value, waitMs: Math.max(0, time - now) };
}
