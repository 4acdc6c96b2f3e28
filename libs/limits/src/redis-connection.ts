import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { withTimeout } from '#async';
import type { RedisReport, RedisState } from '#observability';
import type { Charge, Taken, WindowStore } from './window-store.js';
import { RedisStore } from './redis-store.js';

/** Maximum delay of a request by Redis. */
const COMMAND_TIMEOUT_MS = 50;

/** After this many consecutive failures Redis is skipped for a while, and reconnected. */
const MAX_FAILURES = 5;
const SKIP_MS = 10_000;

/** Delay between two attempts to connect, growing with each. */
const RECONNECT_STEP_MS = 100;
const RECONNECT_MAX_MS = 1000;

/** The start waits this long for Redis, so that the first requests are counted there. */
const START_TIMEOUT_MS = 500;

/** Redis with a bound on its cost: it answers within a short timeout, or it counts as unavailable. */
export class RedisConnection implements RedisState {
  private readonly logger = new Logger('Limits');
  private readonly client: Redis;
  private readonly store: WindowStore;
  private failures = 0;
  /** Monotonic milliseconds. */
  private skippedUntil = 0;
  private isUp = true;

  /**
   * @param url never logged, because it may contain a password
   * @param onError called for every failed command
   */
  constructor(
    url: string,
    private readonly onError: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.client = new Redis(url, {
      lazyConnect: true,
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: 2000,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, RECONNECT_MAX_MS),
    });
    // Failures are reported by the commands. Without a listener ioredis prints them.
    this.client.on('error', () => undefined);
    this.client.on('ready', () => this.succeed());
    this.store = new RedisStore(this.client);
  }

  async connect(): Promise<void> {
    const isReady = new Promise<boolean>((resolve) => this.client.once('ready', () => resolve(true)));
    // ioredis retries after a failed first attempt.
    this.client.connect().catch(() => undefined);
    const isConnected = await withTimeout(isReady, START_TIMEOUT_MS, () => false);
    if (!isConnected) this.degrade('cannot be reached');
  }

  async take(charge: Charge): Promise<Taken | undefined> {
    return this.attempt(() => this.store.take(charge));
  }

  async settle(charge: Charge): Promise<void> {
    await this.attempt(() => this.store.settle(charge));
  }

  describe(): RedisReport {
    return this.isUp ? { status: 'up' } : { status: 'down', reason: 'does not answer' };
  }

  /** Lets pending commands finish, such as the tokens of the last responses. */
  async close(): Promise<void> {
    await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  /** Undefined if Redis did not answer in time or is skipped. */
  private async attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
    const now = this.now();
    if (this.failures >= MAX_FAILURES) {
      if (now < this.skippedUntil) return undefined;
      // One command probes Redis; the others continue without it.
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
    this.logger.log('Redis is available again, limits are shared');
  }

  private fail(): void {
    this.onError();
    this.failures += 1;
    if (this.failures === MAX_FAILURES) {
      this.skippedUntil = this.now() + SKIP_MS;
      // The connection may be half-open. Redis is used again as soon as the new one is ready.
      if (this.client.status === 'ready') this.client.disconnect(true);
    }
    this.degrade('does not answer');
  }

  private degrade(how: string): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.logger.warn(`Redis ${how}: RATE_LIMIT_ON_REDIS_ERROR applies until it is available again`);
  }
}
