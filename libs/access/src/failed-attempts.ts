import { BoundedMap } from '#primitives';

/** Invalid keys that one address may present within a window. */
const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;

/** Bounds the memory during a flood from many addresses; the oldest addresses are dropped. */
const MAX_ADDRESSES = 10_000;

interface Attempts {
  count: number;
  readonly endsAt: number;
}

/** Locks an address out after too many invalid keys. Times are monotonic milliseconds. */
export class FailedAttempts {
  private readonly byAddress = new BoundedMap<string, Attempts>(MAX_ADDRESSES);

  /** Milliseconds until the address may try again; 0 if it is not locked out. */
  lockedForMs(address: string, now: number): number {
    const attempts = this.byAddress.get(address);
    return attempts && attempts.count >= MAX_FAILURES ? Math.max(0, attempts.endsAt - now) : 0;
  }

  count(address: string, now: number): void {
    const attempts = this.byAddress.get(address);
    if (attempts && attempts.endsAt > now) {
      attempts.count += 1;
      return;
    }
    this.byAddress.set(address, { count: 1, endsAt: now + WINDOW_MS });
  }
}
