/** How a call ended, as far as it tells about the backend. Refusals of what was asked and clients that left say nothing. */
export type CallOutcome = 'succeeded' | 'failed' | 'unreachable' | 'neutral';

/** What may be done now: a call, the one call that finds out whether the backend is back, or nothing. */
export type Permit = 'call' | 'probe' | 'refused';

export type CircuitState = 'closed' | 'half-open' | 'open';

/** Calls that ended within this time count. */
const WINDOW_MS = 30_000;
const SLICES = 10;
const SLICE_MS = WINDOW_MS / SLICES;

/** Fewer ended calls prove nothing … */
const MIN_CALLS = 10;
/** … and of these, this share has to have failed. */
const MAX_FAILED_SHARE = 0.5;

/** Nobody there: that is clear sooner. */
const MAX_CONSECUTIVE_UNREACHABLE = 5;

const FIRST_OPEN_MS = 10_000;
const MAX_OPEN_MS = 120_000;

/**
 * Leaves a backend alone that keeps failing, and lets one call through after a while to find out. It is told how calls
 * ended at their very end, since a stream may fail long after it began; the libraries for this count a call as good when
 * its headers arrive (docs/decisions/2026-11-24-resilience.md).
 */
export class CircuitBreaker {
  private slices: { since: number; good: number; failed: number }[] = [];
  private consecutiveUnreachable = 0;
  private openUntil: number | undefined;
  private openMs = FIRST_OPEN_MS;
  private isProbing = false;

  /** `now` gives monotonic milliseconds. */
  constructor(
    private readonly enabled: boolean,
    private readonly now: () => number,
  ) {}

  get state(): CircuitState {
    if (this.openUntil === undefined) return 'closed';
    return this.now() < this.openUntil ? 'open' : 'half-open';
  }

  /** Milliseconds until a call may go through; 0: now. */
  get waitMs(): number {
    if (this.openUntil === undefined) return 0;
    const left = this.openUntil - this.now();
    if (left > 0) return left;
    return this.isProbing ? FIRST_OPEN_MS / 10 : 0;
  }

  /** Whoever gets in has to settle what came of it. */
  acquire(): Permit {
    if (this.openUntil === undefined) return 'call';
    if (this.waitMs > 0) return 'refused';
    this.isProbing = true;
    return 'probe';
  }

  settle(entry: Permit, verdict: CallOutcome): void {
    if (entry === 'probe') this.settleProbe(verdict);
    else if (entry === 'call' && this.openUntil === undefined) this.count(verdict);
  }

  private settleProbe(verdict: CallOutcome): void {
    // Decided from outside in the meantime.
    if (!this.isProbing || this.openUntil === undefined) return;
    this.isProbing = false;
    if (verdict === 'succeeded') this.close();
    else if (verdict !== 'neutral') {
      this.openMs = Math.min(this.openMs * 2, MAX_OPEN_MS);
      this.openUntil = this.now() + this.openMs;
    }
  }

  private count(verdict: CallOutcome): void {
    if (!this.enabled || verdict === 'neutral') return;
    const now = this.now();
    let slice = this.slices.at(-1);
    if (!slice || now - slice.since >= SLICE_MS) {
      slice = { since: now, good: 0, failed: 0 };
      this.slices = [...this.slices.filter(({ since }) => now - since < WINDOW_MS), slice];
    }
    if (verdict === 'succeeded') slice.good += 1;
    else slice.failed += 1;
    this.consecutiveUnreachable = verdict === 'unreachable' ? this.consecutiveUnreachable + 1 : 0;
    if (verdict !== 'succeeded' && this.hasTooManyFailures(now)) this.open();
  }

  private hasTooManyFailures(now: number): boolean {
    if (this.consecutiveUnreachable >= MAX_CONSECUTIVE_UNREACHABLE) return true;
    let good = 0;
    let failed = 0;
    for (const slice of this.slices) {
      if (now - slice.since >= WINDOW_MS) continue;
      good += slice.good;
      failed += slice.failed;
    }
    return good + failed >= MIN_CALLS && failed >= MAX_FAILED_SHARE * (good + failed);
  }

  /** From outside: a probe of its own found the backend gone. */
  open(): void {
    if (!this.enabled || this.openUntil !== undefined) return;
    this.openUntil = this.now() + this.openMs;
    this.slices = [];
    this.consecutiveUnreachable = 0;
  }

  /** From outside: a probe of its own found the backend back. */
  close(): void {
    this.openUntil = undefined;
    this.openMs = FIRST_OPEN_MS;
    this.isProbing = false;
    this.slices = [];
    this.consecutiveUnreachable = 0;
  }
}
