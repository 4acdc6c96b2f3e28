import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { withTimeout } from '#async';
import type { RedisReport, RedisState } from '#observability';

/** Maximum delay of a request by Redis. */
const COMMAND_TIMEOUT_MS = 50;

/** After this many consecutive failures Redis is skipped for a while, and reconnected. */
const MAX_FAILURES = 5;
const SKIP_MS = 10_000;

/** Delay between two attempts to connect, growing with each. */
const RECONNECT_STEP_MS = 100;
const RECONNECT_MAX_MS = 1000;

/** The start waits this long for Redis, so that the first requests find it. */
const START_TIMEOUT_MS = 500;

/** What Redis is used for, in the words of the log. */
export interface RedisUse {
  /** Context of the log lines. */
  readonly name: string;
  /** "RATE_LIMIT_ON_REDIS_ERROR applies": what holds until Redis is available again. */
  readonly whileDown: string;
  /** "limits are shared": what holds from then on. */
  readonly whileUp: string;
}

/**
 * Redis with a bound on its cost: it answers within a short timeout, or it counts as unavailable. Each use has a connection
 * of its own, so that large values of one do not delay the commands of another.
 */
export class BoundedRedis implements RedisState {
  private readonly logger: Logger;
  private readonly client: Redis;
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
    private readonly use: RedisUse,
    private readonly onError: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.logger = new Logger(use.name);
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
  }

  async connect(): Promise<void> {
    const isReady = new Promise<boolean>((resolve) => this.client.once('ready', () => resolve(true)));
    // ioredis retries after a failed first attempt.
    this.client.connect().catch(() => undefined);
    const isConnected = await withTimeout(isReady, START_TIMEOUT_MS, () => false);
    if (!isConnected) this.degrade('cannot be reached');
  }

  /** Undefined if Redis did not answer in time or is skipped. */
  async attempt<T>(command: (client: Redis) => Promise<T>): Promise<T | undefined> {
    const now = this.now();
    if (this.failures >= MAX_FAILURES) {
      if (now < this.skippedUntil) return undefined;
      // One command probes Redis; the others continue without it.
      this.skippedUntil = now + SKIP_MS;
    }
    try {
      const result = await command(this.client);
      this.succeed();
      return result;
    } catch {
      this.fail();
      return undefined;
    }
  }

  describe(): RedisReport {
    return this.isUp ? { status: 'up' } : { status: 'down', reason: 'does not answer' };
  }

  /** Lets pending commands finish, such as the tokens of the last responses. */
  async close(): Promise<void> {
    await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  private succeed(): void {
    this.failures = 0;
    if (this.isUp) return;
    this.isUp = true;
    this.logger.log(`Redis is available again, ${this.use.whileUp}`);
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
    this.logger.warn(`Redis ${how}: ${this.use.whileDown} until it is available again`);
  }
}
