import { CircuitOpenError, OverloadedError, UpstreamError } from '#errors';

/** Retried at the same upstream: it did not start on the request, or reports a temporary condition. */
const RETRY_STATUS = new Set([408, 429, 502, 503, 504]);

/** Another upstream of the model may succeed, as long as nothing of a response was forwarded. */
const FAILOVER_STATUS = new Set([404, 408, 429, 500, 502, 503, 504]);

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 1000;

/** A longer `Retry-After` is passed on for the client to wait (protocol O1). */
const MAX_RETRY_AFTER_MS = 2000;

/**
 * Milliseconds to wait before the same upstream is tried again, undefined if it is not. A timeout is never retried: the
 * upstream may still be generating, at a cost. `attempt` counts failed attempts from 1, `random` returns numbers in [0, 1).
 */
export function retryDelay(failure: unknown, attempt: number, random: () => number): number | undefined {
  if (!(failure instanceof UpstreamError) || !isTransient(failure)) return undefined;
  const requestedMs = failure.retryAfterMs ?? 0;
  if (requestedMs > MAX_RETRY_AFTER_MS) return undefined;
  return Math.max(requestedMs, random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt));
}

function isTransient({ failureKind, upstreamStatus, body }: UpstreamError): boolean {
  if (upstreamStatus === undefined) return failureKind === 'connect' || failureKind === 'reset';
  return RETRY_STATUS.has(upstreamStatus) && !body.includes('insufficient_quota');
}

/** Whether the next target may be tried after this failure. */
export function mayFailOver(failure: unknown): boolean {
  if (failure instanceof CircuitOpenError || failure instanceof OverloadedError) return true;
  if (!(failure instanceof UpstreamError) || failure.failureKind === 'total') return false;
  return FAILOVER_STATUS.has(failure.upstreamStatus ?? failure.status);
}

/** The failure to report of two: an upstream's response rather than our own decision not to call. */
export function moreInformative(first: unknown, second: unknown): unknown {
  const isOwnDecision = second instanceof CircuitOpenError || second instanceof OverloadedError;
  return isOwnDecision && first !== undefined ? first : second;
}
