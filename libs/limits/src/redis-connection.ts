import type { Redis } from 'ioredis';
import type { RedisReport, RedisState } from '#observability';
import { BoundedRedis } from '#redis';
import type { Charge, Taken } from './window-store.js';
import { RedisStore } from './redis-store.js';

const USE = { name: 'Limits', whileDown: 'RATE_LIMIT_ON_REDIS_ERROR applies', whileUp: 'limits are shared' };

/** Counts shared by all instances of one Redis, for as long as it answers in time. */
export class RedisConnection implements RedisState {
  private readonly redis: BoundedRedis;
  private store: RedisStore | undefined;

  /**
   * @param url never logged, because it may contain a password
   * @param onError called for every failed command
   */
  constructor(url: string, onError: () => void, now?: () => number) {
    this.redis = new BoundedRedis(url, USE, onError, now);
  }

  connect(): Promise<void> {
    return this.redis.connect();
  }

  /** Undefined if Redis did not answer in time or is skipped. */
  take(charge: Charge): Promise<Taken | undefined> {
    return this.redis.attempt((client) => this.storeOf(client).take(charge));
  }

  async settle(charge: Charge): Promise<void> {
    await this.redis.attempt((client) => this.storeOf(client).settle(charge));
  }

  describe(): RedisReport {
    return this.redis.describe();
  }

  /** Lets pending commands finish, such as the tokens of the last responses. */
  close(): Promise<void> {
    return this.redis.close();
  }

  private storeOf(client: Redis): RedisStore {
    return (this.store ??= new RedisStore(client));
  }
}
