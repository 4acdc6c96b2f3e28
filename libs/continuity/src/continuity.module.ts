import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Global, Injectable, Module } from '@nestjs/common';
import type { ContinuitySettings } from '#config';
import { Counters, REDIS_STATE } from '#observability';
import type { BoundedRedis } from '#redis';
import { Continuity } from './continuity.js';
import { MemoryStore } from './memory-store.js';
import type { TurnState } from './turn-state.js';
import { readTurnState } from './turn-state.js';

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
    const state = { provide: REDIS_STATE, inject: [Connection], useFactory: ({ redis }: Connection) => redis };
    const isReported = settings.redisUrl !== undefined && settings.reportsRedis;
    return {
      module: ContinuityModule,
      providers: [
        { provide: Connection, inject: [Counters], useFactory: (counters: Counters) => connect(settings, counters) },
        {
          provide: Continuity,
          inject: [Connection, Counters],
          useFactory: ({ redis }: Connection, counters: Counters) => create(settings, counters, redis),
        },
        ...(isReported ? [state] : []),
      ],
      exports: [Continuity, ...(isReported ? [state] : [])],
    };
  }
}

async function connect({ redisUrl, turns }: ContinuitySettings, counters: Counters): Promise<Connection> {
  if (redisUrl === undefined || turns.ttlMs === 0) return new Connection();
  const { BoundedRedis } = await import('#redis');
  const use = { name: 'Continuity', whileDown: 'each process uses what it keeps itself', whileUp: 'turns are shared' };
  const redis = new BoundedRedis(redisUrl, use, () => {
    counters.redisErrors += 1;
  });
  await redis.connect();
  return new Connection(redis);
}

async function create(
  { turns }: ContinuitySettings,
  counters: Counters,
  redis: BoundedRedis | undefined,
): Promise<Continuity> {
  if (turns.ttlMs === 0) return new Continuity(counters);
  const local = new MemoryStore<TurnState>(turns);
  if (!redis) return new Continuity(counters, local);
  const { RedisStore } = await import('./redis-store.js');
  const options = { redis, prefix: 'llmproxy:turn:', ttlMs: turns.ttlMs, read: readTurnState };
  return new Continuity(counters, new RedisStore(local, options));
}
