import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Global, Injectable, Module } from '@nestjs/common';
import type { LimitSettings } from '#config';
import { Counters, REDIS_STATE } from '#observability';
import { RateLimits } from './rate-limits.js';

/** Closes the store after the last response, whose tokens are counted at its end. */
@Injectable()
class Closer implements OnApplicationShutdown {
  constructor(private readonly limits: RateLimits) {}

  async onApplicationShutdown(): Promise<void> {
    await this.limits.close();
  }
}

/** Rate limits. Their packages are loaded only if limits are enabled. */
@Global()
@Module({})
export class LimitsModule {
  static with(settings: LimitSettings): DynamicModule {
    const state = { provide: REDIS_STATE, useExisting: RateLimits };
    const isShared = settings.redisUrl !== undefined;
    return {
      module: LimitsModule,
      providers: [
        Closer,
        {
          provide: RateLimits,
          inject: [Counters],
          useFactory: async (counters: Counters) => create(settings, counters),
        },
        ...(isShared ? [state] : []),
      ],
      exports: [RateLimits, ...(isShared ? [state] : [])],
    };
  }
}

async function create(settings: LimitSettings, counters: Counters): Promise<RateLimits> {
  const { LocalStore } = await import('./local-store.js');
  const local = new LocalStore(settings.inPrimary);
  if (settings.redisUrl === undefined) return new RateLimits(settings, counters, local);
  const { RedisConnection } = await import('./redis-connection.js');
  const redis = new RedisConnection(settings.redisUrl, () => {
    counters.redisErrors += 1;
  });
  await redis.connect();
  return new RateLimits(settings, counters, local, redis);
}
