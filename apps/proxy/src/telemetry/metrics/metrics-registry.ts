import type { OnModuleInit } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { LazyModuleLoader } from '@nestjs/core';
import type { Settings } from '#config';
import type { Report } from '../../server/cluster/messages.js';
import type { Reports } from '../../server/cluster/worker.js';
import { RequestMetrics } from './request-metrics.js';
import { StateMetrics } from './state-metrics.js';

/** The part of prom-client's registry that is used here. */
interface Readable {
  metrics(): Promise<string>;
  getMetricsAsJSON(): Promise<object[]>;
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

  /** The metrics as objects. */
  async numbers(): Promise<Report> {
    return (await (await this.whole()).getMetricsAsJSON()) as unknown as Report;
  }

  private async whole(): Promise<Readable> {
    if (!this.reports) return this.ofProcess();
    const { AggregatorRegistry } = await import('prom-client');
    return AggregatorRegistry.aggregate([...(await this.reports.all())]);
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

/**
 * Converts to OpenMetrics, which declares a counter without the suffix `_total` of its samples and ends with `# EOF`.
 * prom-client's own writer renames the counters of the registry and so breaks the text format.
 */
export function toOpenMetrics(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const counters = new Set(lines.flatMap((line) => /^# TYPE (\S+)_total counter$/.exec(line)?.[1] ?? []));
  const declared = lines.map((line) => {
    const [, start = '', name = '', rest = ''] = /^(# (?:HELP|TYPE) )(\S+)_total( .*)$/.exec(line) ?? [];
    return counters.has(name) ? start + name + rest : line;
  });
  return `${declared.join('\n')}\n# EOF\n`;
}
