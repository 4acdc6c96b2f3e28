import type { OnModuleInit } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { LazyModuleLoader } from '@nestjs/core';
import type { OpenMetricsContentType, Registry } from 'prom-client';
import type { Settings } from '#config';
import type { Report } from '../../server/cluster/messages.js';
import type { Reports } from '../../server/cluster/worker.js';
import { RequestMetrics } from './request-metrics.js';
import { StateMetrics } from './state-metrics.js';

/** The part of prom-client's registry that is used here. Its types lack the text of one metric. */
interface Readable {
  metrics(): Promise<string>;
  getMetricsAsJSON(): Promise<object[]>;
  getMetricsAsArray(): readonly object[];
  getMetricsAsString(metric: object): Promise<string>;
}

/** How values of several workers are combined, for metrics that must not be summed. */
const AGGREGATORS: Readonly<Record<string, 'min' | 'max' | 'first'>> = {
  process_start_time_seconds: 'min',
  llmproxy_upstream_breaker_state: 'max',
  llmproxy_catalogue_age_seconds: 'max',
  llmproxy_draining: 'max',
  llmproxy_build_info: 'first',
  llmproxy_host_load_average: 'first',
  llmproxy_host_cpus: 'first',
  llmproxy_host_memory_bytes: 'first',
  llmproxy_host_disk_bytes: 'first',
};

/**
 * Access to prom-client, which the first scrape loads: importing it would take longer than the rest of the metrics' start
 * (docs/metrics.md).
 */
@Injectable()
export class MetricsRegistry implements OnModuleInit {
  private own: Promise<Readable> | undefined;
  /** Reports of all workers; absent with a single process. */
  private reports: Reports | undefined;

  constructor(
    private readonly config: ConfigService<Settings, true>,
    private readonly loader: LazyModuleLoader,
    private readonly requests: RequestMetrics,
    private readonly states: StateMetrics,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.config.get('server', { infer: true }).workers === 1) return;
    const { Reports } = await import('../../server/cluster/worker.js');
    this.reports = new Reports(() => this.report());
  }

  /** The text format of Prometheus. */
  async text(): Promise<string> {
    return (await this.whole()).metrics();
  }

  /**
   * The format of OpenMetrics, with exemplars. prom-client's own writer renames the counters of the registry and so breaks the
   * text format, so it writes everything but the counters.
   */
  async openText(): Promise<string> {
    const registry = await this.whole();
    const { Registry } = await import('prom-client');
    const open = new Registry<OpenMetricsContentType>() as unknown as Readable & Registry<OpenMetricsContentType>;
    open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const texts = registry
      .getMetricsAsArray()
      .map(async (metric) =>
        'type' in metric && metric.type === 'counter'
          ? toOpenCounter(await registry.getMetricsAsString(metric))
          : open.getMetricsAsString(metric),
      );
    return `${(await Promise.all(texts)).join('\n')}\n# EOF\n`;
  }

  /** The metrics as objects. */
  async numbers(): Promise<Report> {
    return (await (await this.whole()).getMetricsAsJSON()) as unknown as Report;
  }

  private async whole(): Promise<Readable> {
    if (!this.reports) return this.ofProcess();
    const { AggregatorRegistry } = await import('prom-client');
    return AggregatorRegistry.aggregate([...(await this.reports.all())]) as unknown as Readable;
  }

  /** The metrics of this worker alone. */
  private async report(): Promise<Report> {
    const metrics = (await (await this.ofProcess()).getMetricsAsJSON()) as unknown as Report;
    return metrics.map((metric) => ({ ...metric, aggregator: AGGREGATORS[metric.name] ?? metric.aggregator }));
  }

  private ofProcess(): Promise<Readable> {
    this.own ??= this.load();
    return this.own;
  }

  private async load(): Promise<Readable> {
    const [{ Registry }, { PrometheusRegistryModule }] = await Promise.all([
      import('prom-client'),
      import('./prometheus.module.js'),
    ]);
    const module = PrometheusRegistryModule.of(this.requests, this.states.all);
    return (await this.loader.load(() => module, { logger: false })).get(Registry);
  }
}

/** Declares a counter as OpenMetrics does: without the suffix `_total` of its samples. */
function toOpenCounter(text: string): string {
  return text.replaceAll(/^(# (?:HELP|TYPE) \S+)_total /gm, '$1 ');
}
