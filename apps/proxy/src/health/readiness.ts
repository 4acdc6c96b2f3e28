import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { UpstreamState } from '#models';
import { ModelCatalogue } from '#models';
import type { Settings } from '#config';
import type { RedisReport } from '#observability';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { RedisHealth } from './redis.health.js';

/** Whether the service accepts requests, and the state of what it depends on. */
export interface Readiness {
  readonly status: 'ready' | 'starting' | 'draining' | 'no upstream';
  readonly checks: {
    readonly upstreams: readonly UpstreamState[];
    readonly redis?: RedisReport;
  };
}

/**
 * By default only the process itself counts: taking every replica out of rotation because an upstream is down turns a clear
 * error into a refused connection, and without Redis each replica keeps its own limits.
 */
@Injectable()
export class ReadinessCheck {
  private readonly requiresUpstream: boolean;

  constructor(
    config: ConfigService<Settings, true>,
    private readonly lifecycle: Lifecycle,
    private readonly catalogue: ModelCatalogue,
    private readonly redis: RedisHealth,
  ) {
    this.requiresUpstream = config.get('health', { infer: true }).requiresUpstream;
  }

  async read(): Promise<Readiness> {
    // A replica that is out of rotation gets no requests that would detect that the upstream is back.
    if (this.requiresUpstream) this.catalogue.refetchStaleLists();
    const redis = await this.redis.describe();
    const upstreams = this.catalogue.state();
    return {
      status: this.statusWith(upstreams),
      checks: { upstreams, ...(redis && { redis }) },
    };
  }

  private statusWith(upstreams: readonly UpstreamState[]): Readiness['status'] {
    if (this.lifecycle.isDraining) return 'draining';
    if (!this.lifecycle.isReady) return 'starting';
    const isServed = upstreams.some(({ reachable, breaker }) => reachable && breaker !== 'open');
    return this.requiresUpstream && !isServed ? 'no upstream' : 'ready';
  }
}
