import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { RateLimiterCluster, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, Taken, WindowStore } from './window-store.js';

/**
 * In this process alone, or, for one of several workers, in their primary. There a refused taking is given back by a
 * second message: until it has come, others may be refused what would just have fitted; nobody gets more than there is.
 */
export class LocalStore implements WindowStore {
  /** Limits are few: the general one and those of keys. */
  private readonly limiters = new Map<string, RateLimiterAbstract>();
  private readonly Limiter: typeof RateLimiterMemory | typeof RateLimiterCluster;

  constructor(inPrimary: boolean) {
    this.Limiter = inPrimary ? RateLimiterCluster : RateLimiterMemory;
  }

  async take(caller: string, limit: Limit, points: number): Promise<Taken> {
    const limiter = this.limiterOf(limit);
    try {
      const taken = await limiter.consume(caller, points);
      return { admitted: true, remaining: taken.remainingPoints, resetMs: taken.msBeforeNext };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const { remainingPoints, msBeforeNext } = await limiter.reward(caller, points);
      return { admitted: false, remaining: remainingPoints, resetMs: msBeforeNext };
    }
  }

  async settle(caller: string, limit: Limit, points: number): Promise<void> {
    const limiter = this.limiterOf(limit);
    if (points > 0) {
      await limiter.penalty(caller, points);
      return;
    }
    // A window that has ended meanwhile has nothing to give back.
    const consumed = (await limiter.get(caller))?.consumedPoints ?? 0;
    const back = Math.min(-points, consumed);
    if (back > 0) await limiter.reward(caller, back);
  }

  private limiterOf({ kind, points, windowSeconds }: Limit): RateLimiterAbstract {
    const name = `${kind}:${points}:${windowSeconds}`;
    let limiter = this.limiters.get(name);
    if (!limiter) {
      limiter = new this.Limiter({ keyPrefix: name, points, duration: windowSeconds });
      this.limiters.set(name, limiter);
    }
    return limiter;
  }
}
