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
 * Probes. None of them asks a backend anything: a pod that is taken out because its backend is down turns a clear error
 * into a refused connection, and a probe that waits for somebody else restarts pods that are only busy.
 */
@Controller()
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly upstream: UpstreamHealth,
    private readonly readiness: ReadinessCheck,
  ) {}

  /** The process answers. */
  @Get('livez')
  @Route(PROBE)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** What is known of the backends, from the last time their lists were read and their calls ended. */
  @Get('health')
  @Route(PROBE)
  // Its own documentation would load @nestjs/swagger at start; docs/ has it.
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
