import { parseJson } from '#primitives';
import type { BoundedRedis } from '#redis';
import type { KeptStore, StoreUsage } from './kept-store.js';
import type { MemoryStore } from './memory-store.js';

export interface RedisStoreOptions<T> {
  readonly redis: BoundedRedis;
  /** Of all keys in Redis. */
  readonly prefix: string;
  readonly ttlMs: number;
  /** Reads a value that another version of this program may have written; undefined for what it cannot read. */
  readonly read: (value: unknown) => T | undefined;
}

/**
 * Values shared by all replicas of one Redis. Each replica keeps its own copy as well, so that a conversation that stays on
 * one replica needs no round trip and survives an outage of Redis.
 */
export class RedisStore<T> implements KeptStore<T> {
  constructor(
    private readonly local: MemoryStore<T>,
    private readonly options: RedisStoreOptions<T>,
  ) {}

  get usage(): StoreUsage {
    return this.local.usage;
  }

  get(keys: readonly string[]): (T | undefined)[] | Promise<(T | undefined)[]> {
    const found = this.local.get(keys);
    return found.includes(undefined) ? this.complete(keys, found) : found;
  }

  async put(keys: readonly string[], value: T, json: string): Promise<void> {
    this.local.put(keys, value, json);
    const { redis, prefix, ttlMs } = this.options;
    await redis.attempt((client) => Promise.all(keys.map((key) => client.set(prefix + key, json, 'PX', ttlMs))));
  }

  async delete(key: string): Promise<void> {
    this.local.delete(key);
    await this.options.redis.attempt((client) => client.del(this.options.prefix + key));
  }

  /** Reads from Redis what is not here, in one round trip. */
  private async complete(keys: readonly string[], found: (T | undefined)[]): Promise<(T | undefined)[]> {
    const { redis, prefix, read } = this.options;
    const missing = keys.filter((_key, at) => found[at] === undefined);
    const texts = await redis.attempt((client) => client.mget(missing.map((key) => prefix + key)));
    if (!texts) return found;
    const values = new Map<string, T>();
    missing.forEach((key, at) => {
      const text = texts[at] ?? undefined;
      const value = text === undefined ? undefined : read(parseJson(text));
      if (text === undefined || value === undefined) return;
      values.set(key, value);
      this.local.put([key], value, text);
    });
    return keys.map((key, at) => found[at] ?? values.get(key));
  }
}
