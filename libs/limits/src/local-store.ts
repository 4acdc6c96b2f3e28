import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { RateLimiterCluster, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Charge, Limit, Taken, WindowStore } from './window-store.js';

/** A primary that does not answer in this time is stopped or overloaded. */
const PRIMARY_TIMEOUT_MS = 1000;

/**
 * Counts in this process or, with several workers, in the primary. The primary takes back a rejected request with a second
 * message: until that message arrives, a request that would fit may be rejected; the limit is never exceeded.
 */
export class LocalStore implements WindowStore {
  /** One for each different limit: the general ones and those of keys. */
  private readonly limiters = new Map<string, RateLimiterAbstract>();
  private readonly Limiter: typeof RateLimiterMemory | typeof RateLimiterCluster;

  constructor(inPrimary: boolean) {
    this.Limiter = inPrimary ? RateLimiterCluster : RateLimiterMemory;
  }

  async take({ caller, limit, points }: Charge): Promise<Taken> {
    const limiter = this.limiterOf(limit);
    try {
      const taken = await limiter.consume(caller, points);
      return { admitted: true, remaining: taken.remainingPoints, resetMs: taken.msBeforeNext };
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      const { remainingPoints, msBeforeNext } = await limiter.reward(caller, points);
      return { admitted: false, remaining: remainingPoints, resetMs: msBeforeNext };
    }
  }

  async settle({ caller, limit, points }: Charge): Promise<void> {
    const limiter = this.limiterOf(limit);
    if (points > 0) {
      await limiter.penalty(caller, points);
      return;
    }
    // After the end of the window there is nothing to give back.
    const consumed = (await limiter.get(caller))?.consumedPoints ?? 0;
    const back = Math.min(-points, consumed);
    if (back > 0) await limiter.reward(caller, back);
  }

  private limiterOf({ kind, points, windowSeconds }: Limit): RateLimiterAbstract {
    const name = `${kind}:${points}:${windowSeconds}`;
    let limiter = this.limiters.get(name);
    if (!limiter) {
      limiter = new this.Limiter({
        keyPrefix: name,
        points,
        duration: windowSeconds,
        timeoutMs: PRIMARY_TIMEOUT_MS,
      });
      this.limiters.set(name, limiter);
    }
    return limiter;
  }
}
