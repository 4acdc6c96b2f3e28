import type { UpstreamSettings } from '#config';
import { CircuitOpenError, UpstreamError } from '#errors';
import { ConcurrencyQueue } from './concurrency-queue.js';
import type { UpstreamRequestContext } from './request-context.js';
import type { Entry, Verdict } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** Retries at a time that are always allowed … */
const LEAST_RETRIES = 3;
/** … and the share of the running calls that may be retries: an outage must not double its own load. */
const RETRY_SHARE = 0.2;

/** How the calls of one backend ended so far. */
interface GateCounts {
  good: number;
  failed: number;
  unreachable: number;
  neutral: number;
  /** Turned away because the circuit was open. */
  refused: number;
  retries: number;
  /** Calls that went on to another backend from here. */
  failovers: number;
}

/** What stands in front of one backend: its places, its queue, its circuit breaker and its budget of retries. */
export class Gate {
  readonly admission: ConcurrencyQueue;
  readonly breaker: CircuitBreaker;
  readonly counts: GateCounts = {
    good: 0,
    failed: 0,
    unreachable: 0,
    neutral: 0,
    refused: 0,
    retries: 0,
    failovers: 0,
  };
  /** When a call last could not connect, by the wall clock, if none has got through since. */
  lostAt: number | undefined;
  private retrying = 0;

  constructor({ limits, breakerEnabled }: Pick<UpstreamSettings, 'limits' | 'breakerEnabled'>) {
    this.admission = new ConcurrencyQueue(limits);
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
  enter(call: UpstreamRequestContext): Entry | Promise<Entry> {
    // Nobody waits for a backend that is left alone.
    if (!this.acceptsCalls) this.refuse();
    const turn = this.admission.enter(call);
    return turn ? turn.then(() => this.pass()) : this.pass();
  }

  leave(entry: Entry, verdict: Verdict): void {
    this.counts[verdict] += 1;
    if (verdict === 'unreachable') this.lostAt = Date.now();
    else if (verdict !== 'neutral') this.lostAt = undefined;
    this.breaker.settle(entry, verdict);
    this.admission.leave();
  }

  /** Asks for a retry; who gets it gives it back. */
  beginRetry(): boolean {
    if (this.retrying >= Math.max(LEAST_RETRIES, RETRY_SHARE * this.admission.running)) return false;
    this.retrying += 1;
    this.counts.retries += 1;
    return true;
  }

  endRetry(): void {
    this.retrying -= 1;
  }

  private pass(): Entry {
    const entry = this.breaker.enter();
    if (entry !== 'refused') return entry;
    this.admission.leave();
    return this.refuse();
  }

  private refuse(): never {
    this.counts.refused += 1;
    throw new CircuitOpenError(this.breaker.waitMs);
  }
}

/** What the end of a call says about its backend: 5xx, silence and lost connections count, everything else does not. */
export function verdictOn(status: number | undefined, error: unknown): Verdict {
  if (error === undefined) {
    if (status === undefined || status >= 500) return 'failed';
    return status < 400 ? 'good' : 'neutral';
  }
  // Our own limit for the whole call says nothing about a backend that kept sending.
  if (!(error instanceof UpstreamError) || error.trouble === 'total') return 'neutral';
  return error.trouble === 'connect' ? 'unreachable' : 'failed';
}
