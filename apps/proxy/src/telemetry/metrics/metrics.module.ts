import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { ConnectionsModule } from '#connections';
import { MetricsRegistry } from './metrics-registry.js';
import { metricsControllerAt } from './metrics.controller.js';
import { RequestMetrics } from './request-metrics.js';
import { StateMetrics } from './state-metrics.js';

/** Numbers for Prometheus. Without this module nothing is counted. */
@Module({})
export class MetricsModule {
  /** `path` begins with a slash. */
  static at(path: string): DynamicModule {
    return {
      module: MetricsModule,
      imports: [UpstreamModule, ConnectionsModule],
      controllers: [metricsControllerAt(path)],
      providers: [RequestMetrics, StateMetrics, MetricsRegistry],
    };
  }
}
