import type { UpstreamSettings } from '#config';
import { CircuitOpenError, UpstreamError } from '#errors';
import { ConcurrencyQueue } from './concurrency-queue.js';
import type { UpstreamRequestContext } from './request-context.js';
import type { Permit, CallOutcome } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** Retries at a time that are always allowed … */
const MIN_RETRIES = 3;
/** … and the share of the running calls that may be retries: an outage must not double its own load. */
const MAX_RETRY_SHARE = 0.2;

/** How the calls of one backend ended so far. */
interface GateCounts {
  succeeded: number;
  failed: number;
  unreachable: number;
  neutral: number;
  /** Turned away because the circuit was open. */
  rejected: number;
  retries: number;
  /** Calls that went on to another backend from here. */
  failovers: number;
}

/** What stands in front of one backend: its places, its queue, its circuit breaker and its budget of retries. */
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
  /** When a call last could not connect, by the wall clock, if none has got through since. */
  unreachableSince: number | undefined;
  private runningRetries = 0;

  constructor({ limits, breakerEnabled }: Pick<UpstreamSettings, 'limits' | 'breakerEnabled'>) {
    this.queue = new ConcurrencyQueue(limits);
    this.breaker = new CircuitBreaker(breakerEnabled, () => performance.now());
  }

  /** Whether a call would be let through just now. */
  get acceptsCalls(): boolean {
    return this.breaker.waitMs === 0;
  }

  /**
   * Lets a call in, at once or when it is its turn; who gets in calls `leave` once.
   * @throws CircuitOpenError, OverloadedError, or the reason of the signal
   */
  acquire(call: UpstreamRequestContext): Permit | Promise<Permit> {
    // Nobody waits for a backend that is left alone.
    if (!this.acceptsCalls) this.rejectCall();
    const turn = this.queue.acquire(call);
    return turn ? turn.then(() => this.acquireFromBreaker()) : this.acquireFromBreaker();
  }

  release(entry: Permit, verdict: CallOutcome): void {
    this.counts[verdict] += 1;
    if (verdict === 'unreachable') this.unreachableSince = Date.now();
    else if (verdict !== 'neutral') this.unreachableSince = undefined;
    this.breaker.settle(entry, verdict);
    this.queue.release();
  }

  /** Asks for a retry; who gets it gives it back. */
  tryBeginRetry(): boolean {
    if (this.runningRetries >= Math.max(MIN_RETRIES, MAX_RETRY_SHARE * this.queue.running)) return false;
    this.runningRetries += 1;
    this.counts.retries += 1;
    return true;
  }

  endRetry(): void {
    this.runningRetries -= 1;
  }

  private acquireFromBreaker(): Permit {
    const entry = this.breaker.acquire();
    if (entry !== 'refused') return entry;
    this.queue.release();
    return this.rejectCall();
  }

  private rejectCall(): never {
    this.counts.rejected += 1;
    throw new CircuitOpenError(this.breaker.waitMs);
  }
}

/** What the end of a call says about its backend: 5xx, silence and lost connections count, everything else does not. */
export function outcomeOf(status: number | undefined, error: unknown): CallOutcome {
  if (error === undefined) {
    if (status === undefined || status >= 500) return 'failed';
    return status < 400 ? 'succeeded' : 'neutral';
  }
  // Our own limit for the whole call says nothing about a backend that kept sending.
  if (!(error instanceof UpstreamError) || error.failureKind === 'total') return 'neutral';
  return error.failureKind === 'connect' ? 'unreachable' : 'failed';
}
