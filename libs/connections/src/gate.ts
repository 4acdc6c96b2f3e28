import type { UpstreamSettings } from '#config';
import { CircuitOpenError, UpstreamError } from '#errors';
import { ConcurrencyQueue } from './concurrency-queue.js';
import type { UpstreamRequestContext } from './request-context.js';
import type { CallOutcome, Permit } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** Concurrent retries that are always allowed. */
const MIN_RETRIES = 3;
/** Above MIN_RETRIES, the share of the running calls that may be retries: an outage must not double its own load. */
const MAX_RETRY_SHARE = 0.2;

/** Calls of one upstream by outcome, since the start. */
interface GateCounts {
  succeeded: number;
  failed: number;
  unreachable: number;
  neutral: number;
  /** Calls rejected because the circuit was open. */
  rejected: number;
  retries: number;
  /** Calls that continued at another upstream after this one failed. */
  failovers: number;
}

/** The last call that failed, for operators. */
export interface LastFailure {
  readonly error: UpstreamError;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** Decides whether a call may go to one upstream: concurrency limit, queue, circuit breaker and retry budget. */
export class Gate {
  readonly queue: ConcurrencyQueue;
  readonly breaker: CircuitBreaker;
  readonly counts: GateCounts = {
    succeeded: 0,
    failed: 0,
    unreachable: 0,
    neutral: 0,
    rejected: 0,
    retries: 0,
    failovers: 0,
  };
  /** When the last connection attempt failed, in monotonic milliseconds; undefined once one has succeeded since. */
  unreachableSince: number | undefined;
  /** Remains after a success; `at` shows its age. */
  lastFailure: LastFailure | undefined;
  private runningRetries = 0;

  constructor({ limits, breakerEnabled }: Pick<UpstreamSettings, 'limits' | 'breakerEnabled'>) {
    this.queue = new ConcurrencyQueue(limits);
    this.breaker = new CircuitBreaker(breakerEnabled, () => performance.now());
  }

  /** False while the circuit is open, or half-open with a probe running. */
  get acceptsCalls(): boolean {
    return this.breaker.waitMs === 0;
  }

  /**
   * Waits for a place if all are taken. Every permit needs one `release`.
   * @throws CircuitOpenError, OverloadedError, or the abort reason of the signal
   */
  acquire(context: UpstreamRequestContext): Permit | Promise<Permit> {
    if (!this.acceptsCalls) this.rejectCall();
    const turn = this.queue.acquire(context);
    return turn ? turn.then(() => this.acquireFromBreaker(context)) : this.acquireFromBreaker(context);
  }

  /** `context` is that of `acquire`. */
  release(permit: Permit, outcome: CallOutcome, context: Pick<UpstreamRequestContext, 'caller'>): void {
    this.counts[outcome] += 1;
    if (outcome === 'unreachable') this.unreachableSince = performance.now();
    else if (outcome !== 'neutral') this.unreachableSince = undefined;
    this.breaker.settle(permit, outcome);
    this.queue.release(context);
  }

  /** Takes a retry from the budget; `endRetry` returns it. False when the budget is used up. */
  tryBeginRetry(): boolean {
    if (this.runningRetries >= Math.max(MIN_RETRIES, MAX_RETRY_SHARE * this.queue.running)) return false;
    this.runningRetries += 1;
    this.counts.retries += 1;
    return true;
  }

  endRetry(): void {
    this.runningRetries -= 1;
  }

  private acquireFromBreaker(context: UpstreamRequestContext): Permit {
    const permit = this.breaker.acquire();
    if (permit) return permit;
    this.queue.release(context);
    return this.rejectCall();
  }

  private rejectCall(): never {
    this.counts.rejected += 1;
    throw new CircuitOpenError(this.breaker.waitMs);
  }
}

/** Status 5xx, timeouts and lost connections are failures of the upstream; everything else is not. */
export function outcomeOf(status: number | undefined, error: unknown): CallOutcome {
  if (error === undefined) {
    if (status === undefined || status >= 500) return 'failed';
    return status < 400 ? 'succeeded' : 'neutral';
  }
  // The total timeout is our own limit: the upstream may have been sending until then.
  if (!(error instanceof UpstreamError) || error.failureKind === 'total') return 'neutral';
  return error.failureKind === 'connect' ? 'unreachable' : 'failed';
}
