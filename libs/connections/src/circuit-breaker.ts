/**
 * What the end of a call shows about its upstream. `neutral` covers rejections of the request itself and clients that
 * disconnected: neither is evidence for or against the upstream.
 */
export type CallOutcome = 'succeeded' | 'failed' | 'unreachable' | 'neutral';

/** A call that the breaker let through; `probe` is the only call of a half-open circuit. */
export type Permit = 'regular' | 'probe';

export type CircuitState = 'closed' | 'half-open' | 'open';

/** Calls that ended within this time are counted. */
const WINDOW_MS = 30_000;
const SLICES = 10;
const SLICE_MS = WINDOW_MS / SLICES;

/** With fewer ended calls the failed share is not significant. */
const MIN_CALLS = 10;
/** The circuit opens when at least this share of the counted calls failed. */
const MAX_FAILED_SHARE = 0.5;

/** Failed connections are conclusive sooner than failed calls. */
const MAX_CONSECUTIVE_UNREACHABLE = 5;

const FIRST_OPEN_MS = 10_000;
const MAX_OPEN_MS = 120_000;

/**
 * Stops calls to an upstream that keeps failing and lets one probe through after a while. Outcomes are reported when a
 * call has ended, since a stream may fail long after its headers; the libraries for this count a call as successful when
 * its headers arrive (docs/decisions/2026-11-24-resilience.md).
 */
export class CircuitBreaker {
  private slices: { since: number; succeeded: number; failed: number }[] = [];
  private consecutiveUnreachable = 0;
  private openUntil: number | undefined;
  private openMs = FIRST_OPEN_MS;
  private isProbing = false;

  /** `now` returns monotonic milliseconds. */
  constructor(
    private readonly enabled: boolean,
    private readonly now: () => number,
  ) {}

  get state(): CircuitState {
    if (this.openUntil === undefined) return 'closed';
    return this.now() < this.openUntil ? 'open' : 'half-open';
  }

  /** Milliseconds until a call may go through; 0 means now. */
  get waitMs(): number {
    if (this.openUntil === undefined) return 0;
    const left = this.openUntil - this.now();
    if (left > 0) return left;
    return this.isProbing ? FIRST_OPEN_MS / 10 : 0;
  }

  /** Every permit needs one `settle`. Undefined while calls are blocked. */
  acquire(): Permit | undefined {
    if (this.openUntil === undefined) return 'regular';
    if (this.waitMs > 0) return undefined;
    this.isProbing = true;
    return 'probe';
  }

  settle(permit: Permit, outcome: CallOutcome): void {
    if (permit === 'probe') this.settleProbe(outcome);
    else if (this.openUntil === undefined) this.count(outcome);
  }

  private settleProbe(outcome: CallOutcome): void {
    // open() or close() may have decided in the meantime.
    if (!this.isProbing || this.openUntil === undefined) return;
    this.isProbing = false;
    if (outcome === 'succeeded') this.close();
    else if (outcome !== 'neutral') {
      this.openMs = Math.min(this.openMs * 2, MAX_OPEN_MS);
      this.openUntil = this.now() + this.openMs;
    }
  }

  private count(outcome: CallOutcome): void {
    if (!this.enabled || outcome === 'neutral') return;
    const now = this.now();
    let slice = this.slices.at(-1);
    if (!slice || now - slice.since >= SLICE_MS) {
      slice = { since: now, succeeded: 0, failed: 0 };
      this.slices = [...this.slices.filter(({ since }) => now - since < WINDOW_MS), slice];
    }
    if (outcome === 'succeeded') slice.succeeded += 1;
    else slice.failed += 1;
    this.consecutiveUnreachable = outcome === 'unreachable' ? this.consecutiveUnreachable + 1 : 0;
    if (outcome !== 'succeeded' && this.hasTooManyFailures(now)) this.open();
  }

  private hasTooManyFailures(now: number): boolean {
    if (this.consecutiveUnreachable >= MAX_CONSECUTIVE_UNREACHABLE) return true;
    let succeeded = 0;
    let failed = 0;
    for (const slice of this.slices) {
      if (now - slice.since >= WINDOW_MS) continue;
      succeeded += slice.succeeded;
      failed += slice.failed;
    }
    return succeeded + failed >= MIN_CALLS && failed >= MAX_FAILED_SHARE * (succeeded + failed);
  }

  /** Opens the circuit after a health probe found the upstream unavailable. */
  open(): void {
    if (!this.enabled || this.openUntil !== undefined) return;
    this.openUntil = this.now() + this.openMs;
    this.slices = [];
    this.consecutiveUnreachable = 0;
  }

  /** Closes the circuit after a successful call or health probe. */
  close(): void {
    this.openUntil = undefined;
    this.openMs = FIRST_OPEN_MS;
    this.isProbing = false;
    this.slices = [];
    this.consecutiveUnreachable = 0;
  }
}
