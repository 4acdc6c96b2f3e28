import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, Taken, WindowStore } from './window-store.js';

/**
 * One round trip for each taking. ARGV: points, seconds of the window, limit. What does not fit is not counted, or a
 * refused call would use up what a smaller one could have; what is given back never makes a count negative, also when the
 * window has ended, or Redis was emptied, since it was taken.
 */
const SCRIPT = `
local points = tonumber(ARGV[1])
local consumed = tonumber(redis.call('get', KEYS[1]) or '0')
local ttl = redis.call('pttl', KEYS[1])
if consumed + points > tonumber(ARGV[3]) then
  return {consumed + points, ttl}
end
if consumed + points <= 0 and points < 0 then
  if ttl > 0 then redis.call('set', KEYS[1], '0', 'PX', ttl) end
  return {0, ttl}
end
if ttl > 0 then
  redis.call('incrby', KEYS[1], points)
else
  ttl = 1000 * tonumber(ARGV[2])
  redis.call('set', KEYS[1], consumed + points, 'PX', ttl)
end
return {consumed + points, ttl}
`;

const PREFIX = 'llmproxy:limit';

/** The limit for corrections, which have to go through. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Shared by all proxies of one Redis. Every method fails when Redis does not answer in time. */
export class RedisStore implements WindowStore {
  private readonly limiters = new Map<string, RateLimiterRedis>();

  constructor(private readonly client: Redis) {}

  async take(caller: string, limit: Limit, points: number): Promise<Taken> {
    try {
      const taken = await this.limiterOf(limit).consume(keyOf(caller), points);
      return { admitted: true, remaining: taken.remainingPoints, resetMs: taken.msBeforeNext };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const remaining = Math.max(0, limit.points - (refusal.consumedPoints - points));
      return { admitted: false, remaining, resetMs: Math.max(0, refusal.msBeforeNext) };
    }
  }

  async settle(caller: string, limit: Limit, points: number): Promise<void> {
    const limiter = this.limiterOf({ ...limit, points: UNLIMITED });
    if (points > 0) await limiter.penalty(keyOf(caller), points);
    else await limiter.reward(keyOf(caller), -points);
  }

  private limiterOf({ kind, points, windowSeconds }: Limit): RateLimiterRedis {
    const name = `${kind}:${points}:${windowSeconds}`;
    let limiter = this.limiters.get(name);
    if (!limiter) {
      limiter = new RateLimiterRedis({
        storeClient: this.client,
        keyPrefix: `${PREFIX}:${kind}`,
        points,
        duration: windowSeconds,
        rejectIfRedisNotReady: true,
        customIncrTtlLuaScript: SCRIPT,
      });
      this.limiters.set(name, limiter);
    }
    return limiter;
  }
}

/** Braces keep all counts of one caller in one slot of a cluster. */
function keyOf(caller: string): string {
  return `{${caller}}`;
}
