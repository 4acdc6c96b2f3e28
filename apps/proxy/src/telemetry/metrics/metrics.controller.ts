import type { Type } from '@nestjs/common';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { Response } from 'express';
import { MetricsRegistry, toOpenMetrics } from './metrics-registry.js';
import { summarize } from './summary.js';

/** Where Prometheus looks by itself. */
const USUAL_PATH = '/metrics';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The controller for a configured path. */
export function metricsControllerAt(path: string): Type {
  @Controller()
  class MetricsController {
    constructor(private readonly registry: MetricsRegistry) {}

    @Get([...new Set([path, USUAL_PATH])])
    async metrics(@Headers('accept') accept: string | undefined, @Res() response: Response): Promise<void> {
      const text = await this.registry.text();
      const isOpen = accept?.includes('application/openmetrics-text') === true;
      response.writeHead(200, { 'Content-Type': isOpen ? OPEN_METRICS : TEXT, 'Cache-Control': 'no-store' });
      response.end(isOpen ? toOpenMetrics(text) : text);
    }

    @Get(`${path}/summary`)
    async summary(): Promise<object> {
      return summarize(await this.registry.numbers());
    }
  }
  return MetricsController;
}
