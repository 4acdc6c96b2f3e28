import { describe, expect, it, vi } from 'vitest';
import type { LimitSettings } from '#config';
import { RateLimitError } from '#errors';
import { Counters } from '#observability';
import { LocalStore } from './local-store.js';
import { RateLimits } from './rate-limits.js';
import type { RedisConnection } from './redis-connection.js';
import type { Charge } from './window-store.js';

const SETTINGS: LimitSettings = {
  enabled: true,
  requests: 10,
  windowSeconds: 60,
  tokensPerMinute: 1000,
  inPrimary: false,
  redisUrl: undefined,
  onRedisError: 'local',
  replicas: 1,
};

/** A Redis that does not answer. */
const ABSENT = {
  take: () => Promise.resolve(undefined),
  settle: () => Promise.resolve(),
  describe: () => ({ status: 'down' }),
} as unknown as RedisConnection;

function limits(settings: Partial<LimitSettings> = {}, redis?: RedisConnection, now?: () => number) {
  const counters = new Counters();
  return {
    counters,
    limits: new RateLimits({ ...SETTINGS, ...settings }, counters, new LocalStore(false), redis, now),
  };
}

/** How many of so many requests at once were admitted. */
async function admitted(rates: RateLimits, count: number, tokens = 0, own = {}): Promise<number> {
  const all = await Promise.all(Array.from({ length: count }, () => rates.admit('a', own, tokens)));
  return all.filter(({ refusal }) => !refusal).length;
}

/** The store of a worker whose primary does not answer. */
const SILENT_PRIMARY = {
  take: () => Promise.reject(new Error('RateLimiterCluster timeout')),
  settle: () => Promise.reject(new Error('RateLimiterCluster timeout')),
};

describe('a primary that does not answer', () => {
  it.each([
    ['local', 503],
    ['closed', 503],
    ['open', undefined],
  ] as const)('is counted; requests are decided as RATE_LIMIT_ON_REDIS_ERROR=%s says', async (onRedisError, status) => {
    const counters = new Counters();
    const rates = new RateLimits({ ...SETTINGS, onRedisError }, counters, SILENT_PRIMARY);
    const { refusal } = await rates.admit('a', {}, 100);
    expect(refusal?.status).toBe(status);
    expect(counters.rateLimitErrors).toBe(2);
  });

  it('loses a correction without failing', async () => {
    const counters = new Counters();
    const store = { ...SILENT_PRIMARY, take: () => Promise.resolve({ admitted: true, remaining: 5, resetMs: 1000 }) };
    const rates = new RateLimits(SETTINGS, counters, store);
    const { reservation } = await rates.admit('a', {}, 100);
    await rates.settle(reservation!, 500);
    expect(counters.rateLimitErrors).toBe(1);
  });
});

describe('limits', () => {
  it('admit exactly as many of many requests at once', async () => {
    const { limits: rates, counters } = limits();
    expect(await admitted(rates, 200)).toBe(10);
    const { refusal, states } = await rates.admit('a', {}, 0);
    expect(refusal).toBeInstanceOf(RateLimitError);
    expect(Number(refusal?.retryAfter)).toBeGreaterThan(0);
    expect(states).toEqual([expect.objectContaining({ kind: 'requests', limit: 10, remaining: 0 })]);
    expect((await rates.admit('b', {}, 0)).refusal).toBeUndefined();
    expect([...counters.rateLimitDecisions()]).toEqual([
      ['requests', 'allowed', 'local', 11],
      ['requests', 'refused', 'local', 191],
    ]);
  });

  it('of tokens are taken before, and corrected after', async () => {
    const { limits: rates } = limits({ requests: 0 });
    const first = await rates.admit('a', {}, 600);
    expect(first.states[0]).toMatchObject({ kind: 'tokens', remaining: 400 });
    // Refused calls use nothing up.
    expect((await rates.admit('a', {}, 500)).refusal).toBeInstanceOf(RateLimitError);
    await rates.settle(first.reservation!, 100);
    const second = await rates.admit('a', {}, 500);
    expect(second.states[0]).toMatchObject({ remaining: 400 });
    await rates.settle(second.reservation!, 5000);
    expect((await rates.admit('a', {}, 1)).states[0]).toMatchObject({ remaining: 0 });
  });

  it('take back all of a request that one of them refuses', async () => {
    const { limits: rates } = limits({ requests: 2 });
    expect((await rates.admit('a', {}, 900)).refusal).toBeUndefined();
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await rates.admit('a', {}, 200)).refusal).toMatchObject({ limit: 'tokens' });
    }
    expect((await rates.admit('a', {}, 100)).refusal).toBeUndefined();
    expect((await rates.admit('a', {}, 0)).refusal).toMatchObject({ limit: 'requests' });
  });

  it('admit what is larger than a window holds when the window is empty', async () => {
    const { limits: rates } = limits();
    expect((await rates.admit('a', {}, 50_000)).refusal).toBeUndefined();
    expect((await rates.admit('a', {}, 1)).refusal).toMatchObject({ limit: 'tokens' });
  });

  it('give nothing back into a window that began later', async () => {
    let now = 0;
    const { limits: rates } = limits({ requests: 0 }, undefined, () => now);
    const { reservation } = await rates.admit('a', {}, 600);
    now = 60_001;
    await rates.settle(reservation!, 0);
    expect((await rates.admit('a', {}, 100)).states[0]).toMatchObject({ remaining: 300 });
  });

  it('of a key win over the general ones', async () => {
    const { limits: rates } = limits();
    expect(await admitted(rates, 50, 0, { requestsPerMinute: 20 })).toBe(20);
  });

  it.each([
    ['local', 5, undefined],
    ['open', 50, undefined],
    ['closed', 0, 503],
  ] as const)('follow RATE_LIMIT_ON_REDIS_ERROR without Redis: %s', async (onRedisError, expected, status) => {
    const { limits: rates } = limits({ onRedisError, replicas: 2 }, ABSENT);
    expect(await admitted(rates, 50)).toBe(expected);
    expect(rates.describe()).toEqual({ status: 'down', limits: onRedisError });
    if (status) expect((await rates.admit('a', {}, 0)).refusal).toMatchObject({ status, retryAfter: '1' });
  });
});

describe('limits with a slow Redis', () => {
  /** Answers in time for the first requests only. */
  function slowRedis(inTime: number): RedisConnection {
    let left = inTime;
    return {
      take: ({ points }: Charge) =>
        Promise.resolve((left -= points) >= 0 ? { admitted: true, remaining: left, resetMs: 60_000 } : undefined),
      settle: () => Promise.resolve(),
      describe: () => ({ status: 'up' }),
    } as unknown as RedisConnection;
  }

  it.each([0, 7, 10])('admit no burst twice: %i of 10 in time', async (inTime) => {
    const { limits: rates } = limits({}, slowRedis(inTime));
    expect(await admitted(rates, 200)).toBe(10);
  });

  it('count what the share of this instance has left', async () => {
    const { limits: rates } = limits({ replicas: 2 }, slowRedis(3));
    expect(await admitted(rates, 200)).toBe(5);
  });

  it('follow corrections of tokens', async () => {
    const { limits: rates } = limits({ requests: 0 }, slowRedis(600));
    const first = await rates.admit('a', {}, 600);
    await rates.settle(first.reservation!, 100);
    expect((await rates.admit('a', {}, 900)).refusal).toBeUndefined();
    expect((await rates.admit('a', {}, 1)).refusal).toBeInstanceOf(RateLimitError);
  });
});

describe('odd numbers', () => {
  it.each([NaN, Infinity, -5, 0.5, 1e999])('of tokens never reach the store: %d', async (tokens) => {
    const seen: number[] = [];
    const store = {
      take: ({ points }: Charge) => Promise.resolve((seen.push(points), { admitted: true, remaining: 0, resetMs: 1 })),
      settle: ({ points }: Charge) => Promise.resolve(void seen.push(points)),
    };
    const rates = new RateLimits({ ...SETTINGS, requests: 0 }, new Counters(), store);
    await rates.admit('a', {}, tokens);
    const { reservation } = await rates.admit('a', {}, 10);
    await rates.settle(reservation!, tokens);
    expect(seen.length).toBeGreaterThan(1);
    for (const points of seen) expect(points).toSatisfy(Number.isSafeInteger);
  });
});

describe('a store that fails', () => {
  const failing = {
    take: () => Promise.reject(new Error('timeout')),
    settle: () => Promise.reject(new Error('timeout')),
  };

  it('rejects requests with 503, and loses corrections without a rejection', async () => {
    const rates = new RateLimits(SETTINGS, new Counters(), failing);
    expect((await rates.admit('a', {}, 1)).refusal).toMatchObject({ status: 503, retryAfter: '1' });
    const limit = { kind: 'tokens', points: 10, windowSeconds: 60 } as const;
    const reservation = { caller: 'a', limit, points: 1, store: failing, endsAt: Infinity };
    await expect(rates.settle(reservation, 5)).resolves.toBeUndefined();
  });
});

describe('a clock that is set back', () => {
  it('does not make a window longer', async () => {
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now);
    const { limits: rates } = limits();
    await admitted(rates, 10);
    clock.mockReturnValue(now - 3_600_000);
    const { refusal, states } = await rates.admit('a', {}, 0);
    clock.mockRestore();
    expect(Number(refusal?.retryAfter)).toBeLessThanOrEqual(60);
    expect(states[0]?.resetMs).toBeLessThanOrEqual(60_000);
  });
});

describe('counts of this process', () => {
  it('are never below zero', async () => {
    const store = new LocalStore(false);
    const limit = { kind: 'tokens', points: 10, windowSeconds: 60 } as const;
    await store.take({ caller: 'a', limit, points: 4 });
    await store.settle({ caller: 'a', limit, points: -100 });
    await store.settle({ caller: 'other', limit, points: -100 });
    expect(await store.take({ caller: 'a', limit, points: 1 })).toMatchObject({ remaining: 9 });
    expect(await store.take({ caller: 'other', limit, points: 1 })).toMatchObject({ remaining: 9 });
  });
});
