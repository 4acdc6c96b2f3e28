import type { OnModuleInit } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { LazyModuleLoader } from '@nestjs/core';
import type { Settings } from '#config';
import type { Report } from '../../server/cluster/messages.js';
import type { Reports } from '../../server/cluster/worker.js';
import { RequestMetrics } from './request-metrics.js';
import { StateMetrics } from './state-metrics.js';

/** What is needed of prom-client's registry. */
interface Readable {
  metrics(): Promise<string>;
  getMetricsAsJSON(): Promise<object[]>;
}

/** How the numbers of several workers become one where they do not add up, and prom-client does not say so. */
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
 * The way to prom-client. It is loaded by the first scrape: importing it takes longer than everything else that metrics
 * need at start (docs/metrics.md).
 */
@Injectable()
export class MetricsRegistry implements OnModuleInit {
  private own: Promise<Readable> | undefined;
  /** Of all workers; absent where there is one process. */
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

  /** The same as objects. */
  async numbers(): Promise<Report> {
    return (await (await this.whole()).getMetricsAsJSON()) as unknown as Report;
  }

  private async whole(): Promise<Readable> {
    if (!this.reports) return this.ofProcess();
    const { AggregatorRegistry } = await import('prom-client');
    return AggregatorRegistry.aggregate([...(await this.reports.all())]);
  }

  /** What this worker adds to the whole. */
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
 * The same as OpenMetrics: there a counter is declared without the ending that its samples have, and the text has an
 * end. prom-client can write it too, but spoils the names of its counters for the other format.
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
