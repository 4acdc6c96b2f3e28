import type { UpstreamRegistry } from '#upstream';
import type { RequestMetrics } from './request-metrics.js';
import type { CounterSeries } from './series.js';

/** Sums of a counter by one of its labels; those without a value are left out. */
function sumBy(series: CounterSeries, label: string, wanted: (values: Readonly<Record<string, string>>) => boolean) {
  const sums: Record<string, number> = {};
  for (const [values, count] of series) {
    const named = Object.fromEntries(series.info.labels.map((name, at) => [name, values[at] ?? '']));
    const key = named[label] ?? '';
    if (key !== '' && wanted(named)) sums[key] = (sums[key] ?? 0) + count;
  }
  return sums;
}

const everything = (): boolean => true;

/** The most asked-for numbers for a person or a script without Prometheus. */
export function summarize(metrics: RequestMetrics, { current }: UpstreamRegistry): object {
  const outcomes = sumBy(metrics.requests, 'outcome', everything);
  const total = Object.values(outcomes).reduce((sum, each) => sum + each, 0);
  const { ok = 0 } = outcomes;
  const byModel = sumBy(metrics.requests, 'model', everything);
  const failedByModel = sumBy(metrics.requests, 'model', ({ outcome }) => outcome !== 'ok');
  const tokensByModel = sumBy(metrics.tokens, 'model', ({ type }) => type === 'input' || type === 'output');
  return {
    requests: { total, ok, failed: total - ok, in_flight: sum(metrics.inFlight(false)), outcomes },
    streams: { in_flight: sum(metrics.inFlight(true)) },
    tokens: sumBy(metrics.tokens, 'type', everything),
    upstreams: current.connections.map(({ name, gate }) => ({
      name,
      breaker: gate.breaker.state,
      running: gate.admission.running,
      queued: gate.admission.waiting,
      ...gate.counts,
    })),
    models: Object.keys(byModel).map((name) => ({
      name,
      requests: byModel[name],
      failed: failedByModel[name] ?? 0,
      tokens: tokensByModel[name] ?? 0,
    })),
    uptime_seconds: Math.round(process.uptime()),
  };
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, each) => total + each, 0);
}
