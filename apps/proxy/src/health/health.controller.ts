import { Controller, Get } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { UpstreamHealth } from './upstream.health.js';

/**
 * Probes. None of them asks the backend anything or depends on it: a pod that is taken out because its backend is down
 * turns a clear error into a refused connection.
 */
@Controller()
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly upstream: UpstreamHealth,
  ) {}

  /** The process answers. */
  @Get('livez')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** What is known of the backend, from the last time its list was read. */
  @Get('health')
  @HealthCheck()
  health(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.upstream.describe()]);
  }
}
