import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Charge, Limit, Taken, WindowStore } from './window-store.js';

/**
 * One round trip per request. ARGV: points, seconds of the window, limit. Points that do not fit are not counted, so that a
 * rejected request does not use up what a smaller one could have. Points that are given back never make a count negative,
 * even if the window has ended or Redis was flushed in between.
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

/** Limit of corrections, which are always counted. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Counts shared by all instances of one Redis. Methods reject if Redis does not answer in time. */
export class RedisStore implements WindowStore {
  private readonly limiters = new Map<string, RateLimiterRedis>();

  constructor(private readonly client: Redis) {}

  async take({ caller, limit, points }: Charge): Promise<Taken> {
    try {
      const taken = await this.limiterOf(limit).consume(keyOf(caller), points);
      return { admitted: true, remaining: taken.remainingPoints, resetMs: taken.msBeforeNext };
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      const remaining = Math.max(0, limit.points - (rejection.consumedPoints - points));
      return { admitted: false, remaining, resetMs: Math.max(0, rejection.msBeforeNext) };
    }
  }

  async settle({ caller, limit, points }: Charge): Promise<void> {
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

/** Braces keep all counts of one client in one slot of a Redis cluster. */
function keyOf(caller: string): string {
  return `{${caller}}`;
}
