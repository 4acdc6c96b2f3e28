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
  /**
   * Asks Redis even for what is here, so that a value that another replica has deleted is gone everywhere. Without it a
   * value that is here needs no round trip.
   */
  readonly honoursDeletion?: boolean;
}

/** Stays in place of a deleted value until that would have expired, for the copies of other replicas. */
const DELETED = 'null';

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
    return this.options.honoursDeletion || found.includes(undefined) ? this.complete(keys, found) : found;
  }

  async put(keys: readonly string[], value: T, json: string): Promise<void> {
    this.local.put(keys, value, json);
    await this.write(keys, json);
  }

  async delete(key: string): Promise<void> {
    this.local.delete(key);
    await this.write([key], DELETED);
  }

  private async write(keys: readonly string[], json: string): Promise<void> {
    const { redis, prefix, ttlMs } = this.options;
    await redis.attempt((client) => Promise.all(keys.map((key) => client.set(prefix + key, json, 'PX', ttlMs))));
  }

  /** Reads from Redis what is not here, in one round trip. */
  private async complete(keys: readonly string[], found: (T | undefined)[]): Promise<(T | undefined)[]> {
    const { redis, prefix, honoursDeletion } = this.options;
    const asked = honoursDeletion ? keys : keys.filter((_key, at) => found[at] === undefined);
    const texts = await redis.attempt((client) => client.mget(asked.map((key) => prefix + key)));
    if (!texts) return found;
    const values = new Map(keys.map((key, at) => [key, found[at]]));
    asked.forEach((key, at) => {
      const text = texts[at];
      // Redis may have lost what is still here.
      if (typeof text !== 'string') return;
      if (text === DELETED) {
        this.local.delete(key);
        values.delete(key);
      } else if (values.get(key) === undefined) values.set(key, this.take(key, text));
    });
    return keys.map((key) => values.get(key));
  }

  private take(key: string, text: string): T | undefined {
    const value = this.options.read(parseJson(text));
    if (value !== undefined) this.local.put([key], value, text);
    return value;
  }
}
