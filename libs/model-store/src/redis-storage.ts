import { Redis } from 'ioredis';
import type { Storage } from './storage.js';

/** Braces keep both in one slot of a Redis cluster. */
const MODELS = 'llmproxy:{models}';
const VERSION = 'llmproxy:{models}:version';

/** Creations are rare, and a client waits for them anyway. */
const COMMAND_TIMEOUT_MS = 1000;
const CONNECT_TIMEOUT_MS = 2000;

/** Delay between two attempts to connect, growing with each. */
const RECONNECT_STEP_MS = 100;
const RECONNECT_MAX_MS = 1000;

/**
 * Runs without interruption, so of concurrent changes none is lost and the count cannot exceed its limit.
 * KEYS: models, version. ARGV: key, text, most models. Returns 1, or 0 if it is full.
 */
const WRITE = `
if redis.call('hexists', KEYS[1], ARGV[1]) == 0 and redis.call('hlen', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('hset', KEYS[1], ARGV[1], ARGV[2])
redis.call('incr', KEYS[2])
return 1
`;

/** KEYS: models, version. ARGV: key. Returns the number of removed models. */
const REMOVE = `
local removed = redis.call('hdel', KEYS[1], ARGV[1])
if removed > 0 then redis.call('incr', KEYS[2]) end
return removed
`;

/** A hash in Redis with one field for each model, shared by all instances. */
export class RedisStorage implements Storage {
  readonly isShared = true;

  private constructor(private readonly client: Redis) {}

  /** Does not fail without Redis: it is tried again. @param url never logged, because it may contain a password */
  static async open(url: string): Promise<RedisStorage> {
    const client = new Redis(url, {
      lazyConnect: true,
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, RECONNECT_MAX_MS),
    });
    // Failures are reported by the commands. Without a listener ioredis prints them.
    client.on('error', () => undefined);
    await client.connect().catch(() => undefined);
    return new RedisStorage(client);
  }

  async readAll(): Promise<ReadonlyMap<string, string>> {
    return new Map(Object.entries(await this.client.hgetall(MODELS)));
  }

  async read(key: string): Promise<string | undefined> {
    return (await this.client.hget(MODELS, key)) ?? undefined;
  }

  async write(key: string, text: string, maxCount: number): Promise<boolean> {
    return (await this.client.eval(WRITE, 2, MODELS, VERSION, key, text, maxCount)) === 1;
  }

  async remove(key: string): Promise<boolean> {
    return Number(await this.client.eval(REMOVE, 2, MODELS, VERSION, key)) > 0;
  }

  async version(): Promise<string> {
    return (await this.client.get(VERSION)) ?? '';
  }

  watch(): void {
    // Other instances' changes are found by the version.
  }

  async close(): Promise<void> {
    await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }
}
