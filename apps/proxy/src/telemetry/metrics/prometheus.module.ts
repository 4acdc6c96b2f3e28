import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { makeCounterProvider, makeGaugeProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, MetricObjectWithValues, MetricValueWithName } from 'prom-client';
import { Histogram, Registry } from 'prom-client';
import type { RequestMetrics } from './request-metrics.js';
import type { CounterSeries, Exemplar, HistogramSeries } from './series.js';
import type { StateMetric } from './state-metrics.js';

/** Gauges with the counter suffix `_total`, which OpenMetrics forbids; other default metrics have the same values. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** All metrics of one application in a registry of prom-client. Loaded by the first scrape (metrics-registry.ts). */
@Module({})
export class PrometheusRegistryModule {
  static of(requests: RequestMetrics, states: readonly StateMetric[]): DynamicModule {
    // One registry for each application, since tests run several in one process.
    const register = new Registry();
    for (const series of requests.histograms) register.registerMetric(new ReadHistogram(series));
    return {
      module: PrometheusRegistryModule,
      imports: [PrometheusModule.register({ defaultMetrics: { enabled: true, config: { register } } })],
      providers: [
        ...requests.counters.map((series) => counterProvider(series, register)),
        ...states.map((state) => stateProvider(state, register)),
        { provide: Registry, useFactory: () => withoutMisnamed(register) },
      ],
    };
  }
}

function withoutMisnamed(register: Registry): Registry {
  for (const name of MISNAMED) register.removeSingleMetric(name);
  return register;
}

function counterProvider(series: CounterSeries, register: Registry) {
  const { name, help, labels } = series.info;
  return makeCounterProvider({
    name,
    help,
    labelNames: labels,
    registers: [register],
    collect(this: Counter) {
      this.reset();
      for (const [values, count] of series) this.labels(...values).inc(count);
    },
  });
}

function stateProvider({ type, name, help, labels, read }: StateMetric, register: Registry) {
  const options = { name, help, labelNames: labels, registers: [register] };
  if (type === 'counter') {
    return makeCounterProvider({
      ...options,
      async collect(this: Counter) {
        const samples = await read();
        this.reset();
        for (const [values, value] of samples)
          if (Number.isFinite(value) && value >= 0) this.labels(...values).inc(value);
      },
    });
  }
  return makeGaugeProvider({
    ...options,
    async collect(this: Gauge) {
      const samples = await read();
      this.reset();
      for (const [values, value] of samples) if (Number.isFinite(value)) this.labels(...values).set(value);
    },
  });
}

/** A histogram that reads its values from a `HistogramSeries`; prom-client supplies name, help and type. */
class ReadHistogram extends Histogram {
  private readonly empty: Histogram;

  constructor(private readonly series: HistogramSeries) {
    const { name, help, labels } = series.info;
    const options = { name, help, labelNames: labels, buckets: [...series.bounds], registers: [] };
    super(options);
    this.empty = new Histogram(options);
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return { ...(await this.empty.get()), values: [...this.values()] };
  }

  /** prom-client calls this, not `get`, for the text format; its types do not declare it. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }

  private *values(): Iterable<MetricValueWithName<string> & { exemplar?: object }> {
    const { info, bounds } = this.series;
    for (const { values, counts, sum, exemplars } of this.series) {
      const labels = Object.fromEntries(info.labels.map((label, at) => [label, values[at] ?? '']));
      let count = 0;
      for (const [at, each] of counts.entries()) {
        count += each;
        const le = bounds[at] ?? '+Inf';
        const exemplar = exemplars?.[at];
        yield {
          metricName: `${info.name}_bucket`,
          labels: { ...labels, le },
          value: count,
          ...(exemplar && { exemplar: toExemplar(exemplar) }),
        };
      }
      yield { metricName: `${info.name}_sum`, labels, value: sum };
      yield { metricName: `${info.name}_count`, labels, value: count };
    }
  }
}

/** As prom-client writes it in OpenMetrics. */
function toExemplar({ traceId, value, time }: Exemplar): object {
  return { labelSet: { trace_id: traceId }, value, timestamp: time };
}
