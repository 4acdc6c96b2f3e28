import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { withTimeout } from '#async';
import type { RedisReport, RedisState } from '#observability';
import type { Limit, Taken, WindowStore } from './window-store.js';
import { RedisStore } from './redis-store.js';

/** No request waits longer for Redis. */
const COMMAND_MS = 50;

/** After this many failures in a row Redis is left alone for a while, and its connection is made anew. */
const FAILURES = 5;
const SKIP_MS = 10_000;

/** Between two attempts to connect, growing with each. */
const RECONNECT_STEP_MS = 100;
const RECONNECT_MAX_MS = 1000;

/** The start waits this long for Redis, so that the first requests are counted there, and then goes on without. */
const START_MS = 500;

/** Redis with a bound on what it may cost: it answers at once, or it is not there. */
export class RedisConnection implements RedisState {
  private readonly logger = new Logger('Limits');
  private readonly client: Redis;
  private readonly store: WindowStore;
  private failures = 0;
  /** Left alone until then, in monotonic milliseconds. */
  private skippedUntil = 0;
  private isUp = true;

  /**
   * @param url never logged: it may hold a password
   * @param onError called for every call that failed
   */
  constructor(
    url: string,
    private readonly onError: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.client = new Redis(url, {
      lazyConnect: true,
      commandTimeout: COMMAND_MS,
      connectTimeout: 2000,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, RECONNECT_MAX_MS),
    });
    // Failures show where they matter, in calls; without a listener ioredis prints them.
    this.client.on('error', () => undefined);
    this.client.on('ready', () => this.succeed());
    this.store = new RedisStore(this.client);
  }

  async connect(): Promise<void> {
    const isReady = new Promise<boolean>((resolve) => this.client.once('ready', () => resolve(true)));
    // The first attempt may fail where the next one does not.
    this.client.connect().catch(() => undefined);
    const isConnected = await withTimeout(isReady, START_MS, () => false);
    if (!isConnected) this.degrade('cannot be reached');
  }

  async take(caller: string, limit: Limit, points: number): Promise<Taken | undefined> {
    return this.attempt(() => this.store.take(caller, limit, points));
  }

  async settle(caller: string, limit: Limit, points: number): Promise<void> {
    await this.attempt(() => this.store.settle(caller, limit, points));
  }

  describe(): RedisReport {
    return this.isUp ? { status: 'up' } : { status: 'down', reason: 'does not answer' };
  }

  /** What was sent before is still done, within the usual time: tokens of the last answers, above all. */
  async close(): Promise<void> {
    await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  /** Undefined when Redis did not answer in time, or is left alone. */
  private async attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
    const now = this.now();
    if (this.failures >= FAILURES) {
      if (now < this.skippedUntil) return undefined;
      // One call finds out whether it is back; the others go on without it.
      this.skippedUntil = now + SKIP_MS;
    }
    try {
      const result = await call();
      this.succeed();
      return result;
    } catch {
      this.fail();
      return undefined;
    }
  }

  private succeed(): void {
    this.failures = 0;
    if (this.isUp) return;
    this.isUp = true;
    this.logger.log('Redis is back: limits are shared again');
  }

  private fail(): void {
    this.onError();
    this.failures += 1;
    if (this.failures === FAILURES) {
      this.skippedUntil = this.now() + SKIP_MS;
      // A connection may be dead without knowing; when the new one is ready Redis is used again at once.
      if (this.client.status === 'ready') this.client.disconnect(true);
    }
    this.degrade('does not answer');
  }

  private degrade(how: string): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.logger.warn(`Redis ${how}: limits are kept as RATE_LIMIT_ON_REDIS_ERROR says until it is back`);
  }
}
