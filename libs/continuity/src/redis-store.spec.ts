import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { BoundedRedis } from '#redis';
import type { RedisServer } from '../../../test/support/redis-server.js';
import { redisMissing, startRedis } from '../../../test/support/redis-server.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';

const USE = { name: 'Test', whileDown: 'x', whileUp: 'y' };
const LIMITS = { maxBytes: 1e6, maxEntries: 100, ttlMs: 60_000 };

describe.skipIf(redisMissing)(`values in Redis ${redisMissing}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.kill());

  async function connect(options: { honoursDeletion?: boolean; ttlMs?: number } = {}) {
    let errors = 0;
    const redis = new BoundedRedis(server.url, USE, () => (errors += 1));
    await redis.connect();
    onTestFinished(() => redis.close());
    const local = new MemoryStore<string>(LIMITS);
    const read = (value: unknown) => (typeof value === 'string' ? value : undefined);
    const store = new RedisStore(local, { redis, prefix: 'test:', ttlMs: LIMITS.ttlMs, read, ...options });
    return { store, local, redis, errors: () => errors };
  }

  it('are found by another process, in the order of the keys', async () => {
    const [one, other] = [await connect(), await connect()];
    await one.store.put(['a', 'b'], 'x', '"x"');
    expect(await other.store.get(['b', 'none', 'a'])).toEqual(['x', undefined, 'x']);
    // From now on without a round trip.
    expect(other.store.get(['a', 'b'])).toEqual(['x', 'x']);
  });

  it('expire', async () => {
    const [one, other] = [await connect({ ttlMs: 100 }), await connect()];
    await one.store.put(['short'], 'x', '"x"');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await other.store.get(['short'])).toEqual([undefined]);
  });

  it('of another form are not read', async () => {
    const { store, redis } = await connect();
    await redis.attempt((client) => client.mset('test:number', '7', 'test:broken', '{'));
    expect(await store.get(['number', 'broken'])).toEqual([undefined, undefined]);
  });

  it('are gone everywhere once they are deleted', async () => {
    const [one, other] = [await connect({ honoursDeletion: true }), await connect({ honoursDeletion: true })];
    await one.store.put(['gone', 'kept'], 'x', '"x"');
    expect(await other.store.get(['gone'])).toEqual(['x']);
    await one.store.delete('gone');
    for (const { store } of [one, other]) expect(await store.get(['gone', 'kept'])).toEqual([undefined, 'x']);
  });

  it('are still here if Redis has lost them', async () => {
    const { store, redis } = await connect({ honoursDeletion: true });
    await store.put(['lost'], 'x', '"x"');
    await redis.attempt((client) => client.del('test:lost'));
    expect(await store.get(['lost'])).toEqual(['x']);
  });

  it('cost 50 ms at most while Redis does not answer, and are those of this process', async () => {
    const { store, errors } = await connect({ honoursDeletion: true });
    server.freeze();
    onTestFinished(() => server.thaw());
    const begun = performance.now();
    await store.put(['frozen'], 'x', '"x"');
    expect(await store.get(['frozen', 'other'])).toEqual(['x', undefined]);
    expect(performance.now() - begun).toBeLessThan(400);
    expect(errors()).toBe(2);
  });
});
