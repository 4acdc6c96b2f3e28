import { Inject, Injectable, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { withTimeout } from '#async';
import type { Settings } from '#config';
import type { RedisReport, RedisState } from '#observability';
import { REDIS_STATE } from '#observability';

/** The state of Redis; the only check of `/health` that may have to wait. */
@Injectable()
export class RedisHealth {
  private readonly timeoutMs: number;

  constructor(
    config: ConfigService<Settings, true>,
    @Optional() @Inject(REDIS_STATE) private readonly redis?: RedisState,
  ) {
    this.timeoutMs = config.get('health', { infer: true }).timeoutMs;
  }

  /** Undefined without Redis; never fails, and never takes longer than HEALTH_CHECK_TIMEOUT. */
  async describe(): Promise<RedisReport | undefined> {
    if (!this.redis) return undefined;
    const late = (): RedisReport => ({ status: 'down', reason: 'no answer in time' });
    try {
      return await withTimeout(Promise.resolve(this.redis.describe()), this.timeoutMs, late);
    } catch {
      return { status: 'down', reason: 'the state could not be read' };
    }
  }
}
