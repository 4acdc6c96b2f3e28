import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ModelCatalogueModule } from '#models';
import type { Settings } from '#config';
import { HealthController } from './health.controller.js';
import { ReadinessCheck } from './readiness.js';
import { RedisHealth } from './redis.health.js';
import { RootController } from './root.controller.js';
import { UpstreamHealth } from './upstream.health.js';
import { VersionController } from './version.controller.js';

@Module({})
export class HealthModule {
  static with({ hasVersionEndpoint }: Settings['health']): DynamicModule {
    return {
      module: HealthModule,
      imports: [ModelCatalogueModule, TerminusModule.forRoot({ logger: false })],
      controllers: [RootController, HealthController, ...(hasVersionEndpoint ? [VersionController] : [])],
      providers: [UpstreamHealth, RedisHealth, ReadinessCheck],
    };
  }
}
