/** Wrong keys that an address may come with within a minute. */
const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;

/** More addresses than this at a time are a flood; the oldest are forgotten, so that it cannot fill the memory. */
const MAX_ADDRESSES = 10_000;

interface Attempts {
  count: number;
  readonly endsAt: number;
}

/** Slows down guessing. Times are monotonic milliseconds. */
export class FailedAttempts {
  private readonly byAddress = new Map<string, Attempts>();

  /** How long an address has to wait; 0: it need not. */
  waitOf(address: string, now: number): number {
    const attempts = this.byAddress.get(address);
    return attempts && attempts.count >= MAX_FAILURES ? Math.max(0, attempts.endsAt - now) : 0;
  }

  count(address: string, now: number): void {
    const attempts = this.byAddress.get(address);
    if (attempts && attempts.endsAt > now) {
      attempts.count += 1;
      return;
    }
    this.byAddress.delete(address);
    if (this.byAddress.size >= MAX_ADDRESSES) {
      for (const oldest of this.byAddress.keys()) {
        this.byAddress.delete(oldest);
        break;
      }
    }
    this.byAddress.set(address, { count: 1, endsAt: now + WINDOW_MS });
  }
}
