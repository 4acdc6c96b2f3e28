import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { RequestMetrics } from './request-metrics.js';
import { StateMetrics } from './state-metrics.js';

/** What is needed of prom-client's registry. */
interface Readable {
  metrics(): Promise<string>;
}

/**
 * The way to prom-client. It is loaded by the first scrape: importing it takes longer than everything else that metrics
 * need at start (docs/metrics.md).
 */
@Injectable()
export class MetricsRegistry {
  private registry: Promise<Readable> | undefined;

  constructor(
    private readonly loader: LazyModuleLoader,
    private readonly requests: RequestMetrics,
    private readonly states: StateMetrics,
  ) {}

  /** The text format of Prometheus. */
  async text(): Promise<string> {
    this.registry ??= this.load();
    return (await this.registry).metrics();
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
