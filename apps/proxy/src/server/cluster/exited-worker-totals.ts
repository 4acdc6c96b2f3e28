import type { Metric, MetricSample, Report } from './messages.js';

/**
 * What workers had counted when they were last asked, kept after their end: a sum that falls is a new beginning to
 * Prometheus, which would count everything again.
 */
export class ExitedWorkerTotals {
  private readonly metrics = new Map<string, { readonly about: Metric; readonly samples: Map<string, MetricSample> }>();

  add(report: Report): void {
    for (const metric of report) {
      // Whatever else there is was so at its time.
      if (metric.type !== 'counter' && metric.type !== 'histogram') continue;
      let kept = this.metrics.get(metric.name);
      if (!kept) this.metrics.set(metric.name, (kept = { about: metric, samples: new Map() }));
      for (const sample of metric.values) {
        const key = JSON.stringify([sample.metricName, Object.entries(sample.labels).toSorted()]);
        const before = kept.samples.get(key)?.value ?? 0;
        kept.samples.set(key, { ...sample, value: before + sample.value });
      }
    }
  }

  report(): Report {
    return [...this.metrics.values()].map(({ about, samples }) => ({ ...about, values: [...samples.values()] }));
  }
}
