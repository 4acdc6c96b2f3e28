import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Global, Injectable, Module } from '@nestjs/common';
import type { ContinuitySettings, KeptLimits } from '#config';
import { Counters, REDIS_STATE } from '#observability';
import type { BoundedRedis } from '#redis';
import { Continuity } from './continuity.js';
import type { KeptStore } from './kept-store.js';
import { MemoryStore } from './memory-store.js';
import { readOwned, ResponseOwners } from './response-owners.js';
import { readStoredResponse, StoredResponses } from './stored-responses.js';
import { readTurnState } from './turn-state.js';

/** An entry takes some 350 bytes: the ids of some thousand responses with their items. */
const OWNERS = { maxBytes: 16 * 1024 * 1024, maxEntries: 40_000 };

/** Holds the connection to Redis, if there is one. */
@Injectable()
class Connection implements OnApplicationShutdown {
  constructor(readonly redis?: BoundedRedis) {}

  /** After the last response, whose turn is kept at its end. */
  async onApplicationShutdown(): Promise<void> {
    await this.redis?.close();
  }
}

/** What requests need of earlier ones, in memory and, with REDIS_URL, in Redis. Its packages are loaded only then. */
@Global()
@Module({})
export class ContinuityModule {
  static with(settings: ContinuitySettings): DynamicModule {
    const { turns, responses, redisUrl, reportsRedis } = settings;
    const isShared = redisUrl !== undefined && (turns.ttlMs > 0 || responses.ttlMs > 0);
    const state = { provide: REDIS_STATE, inject: [Connection], useFactory: ({ redis }: Connection) => redis };
    const states = isShared && reportsRedis ? [state] : [];
    return {
      module: ContinuityModule,
      providers: [
        {
          provide: Connection,
          inject: [Counters],
          useFactory: (counters: Counters) => (isShared ? connect(redisUrl, counters) : new Connection()),
        },
        {
          provide: Continuity,
          inject: [Connection, Counters],
          useFactory: async ({ redis }: Connection, counters: Counters) =>
            new Continuity(counters, await storeOf(turns, { name: 'turn', read: readTurnState }, redis)),
        },
        {
          provide: StoredResponses,
          inject: [Connection],
          useFactory: async ({ redis }: Connection) => {
            const kind = { name: 'response', read: readStoredResponse, honoursDeletion: true };
            return new StoredResponses(await storeOf(responses, kind, redis));
          },
        },
        {
          provide: ResponseOwners,
          inject: [Connection],
          useFactory: async ({ redis }: Connection) =>
            new ResponseOwners(
              await storeOf({ ...OWNERS, ttlMs: responses.ttlMs }, { name: 'owner', read: readOwned }, redis),
            ),
        },
        ...states,
      ],
      exports: [Continuity, StoredResponses, ResponseOwners, ...states],
    };
  }
}

async function connect(url: string, counters: Counters): Promise<Connection> {
  const { BoundedRedis } = await import('#redis');
  const redis = new BoundedRedis(url, USE, () => {
    counters.redisErrors += 1;
  });
  await redis.connect();
  return new Connection(redis);
}

const USE = {
  name: 'Continuity',
  whileDown: 'each process uses what it keeps itself',
  whileUp: 'conversations are shared',
};

interface Kind<T> {
  readonly name: string;
  readonly read: (value: unknown) => T | undefined;
  readonly honoursDeletion?: boolean;
}

async function storeOf<T>(
  limits: KeptLimits,
  { name, ...options }: Kind<T>,
  redis: BoundedRedis | undefined,
): Promise<KeptStore<T> | undefined> {
  if (limits.ttlMs === 0) return undefined;
  const local = new MemoryStore<T>(limits);
  if (!redis) return local;
  const { RedisStore } = await import('./redis-store.js');
  return new RedisStore(local, { ...options, redis, prefix: `llmproxy:${name}:`, ttlMs: limits.ttlMs });
}
