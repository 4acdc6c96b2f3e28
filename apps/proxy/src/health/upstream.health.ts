import { Injectable } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { HealthIndicatorService } from '@nestjs/terminus';
import { ModelCatalogue } from '#models';
import { RedisHealth } from './redis.health.js';

@Injectable()
export class UpstreamHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly catalogue: ModelCatalogue,
    private readonly redis: RedisHealth,
  ) {}

  /** Degraded, never down: the proxy itself works without upstreams. */
  describe(): HealthIndicatorResult {
    const session = this.indicators.check('upstreams');
    const upstreams = this.catalogue.state();
    return upstreams.every(({ reachable, breaker }) => reachable && breaker !== 'open')
      ? session.up({ upstreams })
      : session.degraded({ upstreams });
  }

  /** Degraded without Redis, since each process then keeps its own limits. Empty where Redis is not used. */
  async describeRedis(): Promise<HealthIndicatorResult> {
    const report = await this.redis.describe();
    if (!report) return {};
    const session = this.indicators.check('redis');
    const { status, ...more } = report;
    return status === 'up' ? session.up(more) : session.degraded(more);
  }
}
