import type { Type } from '@nestjs/common';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Route } from '../../routes/route.decorator.js';
import { MetricsRegistry } from './metrics-registry.js';
import { summarize } from './summary.js';

/** The path that Prometheus scrapes by default. */
const USUAL_PATH = '/metrics';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const docs = () => import('./metrics.docs.js');
const METRICS = { operation: 'metrics', api: 'service', access: 'operational', docs } as const;

/** @param path METRICS_PATH, where the metrics are served besides /metrics */
export function metricsControllerAt(path: string): Type {
  @Controller()
  class MetricsController {
    constructor(private readonly registry: MetricsRegistry) {}

    @Get(path)
    @Route({ ...METRICS, link: 'Metrics' })
    metrics(@Req() request: Request, @Res() response: Response): Promise<void> {
      return this.send(request, response);
    }

    @Get(USUAL_PATH)
    @Route(METRICS)
    usualMetrics(@Req() request: Request, @Res() response: Response): Promise<void> {
      return this.send(request, response);
    }

    @Get(`${path}/summary`)
    @Route(METRICS)
    async summary(): Promise<object> {
      return summarize(await this.registry.numbers());
    }

    private async send({ headers }: Request, response: Response): Promise<void> {
      const isOpen = headers.accept?.includes('application/openmetrics-text') === true;
      const text = await (isOpen ? this.registry.openText() : this.registry.text());
      response.writeHead(200, { 'Content-Type': isOpen ? OPEN_METRICS : TEXT, 'Cache-Control': 'no-store' });
      response.end(text);
    }
  }
  return MetricsController;
}
