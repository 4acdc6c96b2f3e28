import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RedisConnection } from './redis-connection.js';
import type { Limit } from './window-store.js';

const LIMIT: Limit = { kind: 'requests', points: 10, windowSeconds: 60 };

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A Redis that takes connections and says nothing, and a clock of the test's. */
async function connectToSilence(): Promise<{
  redis: RedisConnection;
  errors: () => number;
  pass: (ms: number) => void;
}> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let errors = 0;
  let now = 1000;
  const redis = new RedisConnection(
    `redis://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    () => (errors += 1),
    () => now,
  );
  closing.push(
    () => void server.close(),
    () => redis.close(),
  );
  await redis.connect();
  return { redis, errors: () => errors, pass: (ms) => (now += ms) };
}

describe('a Redis that does not answer', () => {
  it('gets five commands, then none, then one every ten seconds', async () => {
    const { redis, errors, pass } = await connectToSilence();
    const take = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1)
        expect(await redis.take({ caller: 'caller', limit: LIMIT, points: 1 })).toBeUndefined();
    };

    await take(5);
    expect(errors()).toBe(5);
    await take(20);
    expect(errors()).toBe(5);
    pass(9_999);
    await take(3);
    expect(errors()).toBe(5);
    pass(1);
    await take(3);
    expect(errors()).toBe(6);
    pass(10_000);
    await take(3);
    expect(errors()).toBe(7);
  });

  it('costs a request 50 ms at most, is reported as down, and a lost correction does not fail', async () => {
    const { redis } = await connectToSilence();
    const start = performance.now();
    await redis.take({ caller: 'caller', limit: LIMIT, points: 1 });
    await redis.settle({ caller: 'caller', limit: LIMIT, points: -1 });

    // Two calls, and what a busy machine adds.
    expect(performance.now() - start).toBeLessThan(400);
    expect(redis.describe()).toEqual({ status: 'down', reason: 'does not answer' });
  });
});
