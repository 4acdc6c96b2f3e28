import { Injectable } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { HealthIndicatorService } from '@nestjs/terminus';
import { CatalogueService } from '#catalogue';

@Injectable()
export class UpstreamHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly catalogue: CatalogueService,
  ) {}

  /** Degraded, never down: the proxy answers whatever the backend does. */
  describe(): HealthIndicatorResult {
    const session = this.indicators.check('upstreams');
    const upstreams = this.catalogue.state();
    return upstreams.every(({ reachable }) => reachable) ? session.up({ upstreams }) : session.degraded({ upstreams });
  }
}
