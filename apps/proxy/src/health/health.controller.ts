import { Controller, Get, Res } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import type { Response } from 'express';
import { Route } from '../routes/route.decorator.js';
import { ReadinessCheck } from './readiness.js';
import { UpstreamHealth } from './upstream.health.js';

const docs = () => import('./health.docs.js');

const PROBE = { operation: 'health', access: 'operational', docs } as const;

/**
 * Probes. None of them calls an upstream: a pod that is taken out of rotation because its upstream is down turns a clear
 * error into a refused connection, and a probe that waits for others restarts pods that are merely busy.
 */
@Controller()
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly upstream: UpstreamHealth,
    private readonly readiness: ReadinessCheck,
  ) {}

  /** Liveness: the process responds. */
  @Get('livez')
  @Route(PROBE)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** State of the upstreams as of their last list and their last calls. */
  @Get('health')
  @Route(PROBE)
  // Without its own documentation, which would load @nestjs/swagger at start.
  @HealthCheck({ noCache: true, swaggerDocumentation: false })
  health(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.upstream.describe(), () => this.upstream.describeRedis()]);
  }

  @Get('ready')
  @Route(PROBE)
  ready(@Res() response: Response): Promise<void> {
    return this.sendReadiness(response);
  }

  @Get('readyz')
  @Route(PROBE)
  readyz(@Res() response: Response): Promise<void> {
    return this.sendReadiness(response);
  }

  private async sendReadiness(response: Response): Promise<void> {
    const readiness = await this.readiness.read();
    response.status(readiness.status === 'ready' ? 200 : 503).setHeader('Cache-Control', 'no-store');
    response.json(readiness);
  }
}
