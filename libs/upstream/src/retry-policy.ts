import { CircuitOpenError, OverloadedError, UpstreamError } from '#errors';

/** Tried again at the same backend: it did not begin to work, or says that the trouble is a passing one. */
const RETRY_STATUS = new Set([408, 429, 502, 503, 504]);

/** Another backend of the model may do better, as long as nothing of an answer was seen. */
const FAILOVER_STATUS = new Set([404, 408, 429, 500, 502, 503, 504]);

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 1000;

/** A `Retry-After` beyond this is the client's to wait for, not ours (operations §4). */
const MAX_RETRY_AFTER_MS = 2000;

/**
 * Milliseconds to wait before the same backend is asked again; undefined when it is not. Silence is not a reason: the
 * answer may be under way, and paid for. `attempt` counts the failed ones from 1, `random` gives numbers from 0 up to 1.
 */
export function retryDelay(failure: unknown, attempt: number, random: () => number): number | undefined {
  if (!(failure instanceof UpstreamError) || !isTransient(failure)) return undefined;
  const asked = failure.retryAfterMs ?? 0;
  if (asked > MAX_RETRY_AFTER_MS) return undefined;
  return Math.max(asked, random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt));
}

function isTransient({ failureKind, upstreamStatus, body }: UpstreamError): boolean {
  if (upstreamStatus === undefined) return failureKind === 'connect' || failureKind === 'reset';
  return RETRY_STATUS.has(upstreamStatus) && !body.includes('insufficient_quota');
}

export function mayFailOver(failure: unknown): boolean {
  if (failure instanceof CircuitOpenError || failure instanceof OverloadedError) return true;
  if (!(failure instanceof UpstreamError) || failure.failureKind === 'total') return false;
  return FAILOVER_STATUS.has(failure.upstreamStatus ?? failure.status);
}

/** Of two failures the one that says more: what a backend answered, rather than that it was not asked. */
export function moreInformative(first: unknown, second: unknown): unknown {
  const isUnasked = second instanceof CircuitOpenError || second instanceof OverloadedError;
  return isUnasked && first !== undefined ? first : second;
}
