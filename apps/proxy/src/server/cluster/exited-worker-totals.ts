import type { Metric, MetricSample, Report } from './messages.js';

/**
 * Counters and histograms of exited workers, from their last report. Without them the sums would fall, which Prometheus
 * takes for a restart of the process and counts again from zero.
 */
export class ExitedWorkerTotals {
  private readonly metrics = new Map<
    string,
    { readonly metric: Metric; readonly samples: Map<string, MetricSample> }
  >();

  add(report: Report): void {
    for (const metric of report) {
      // Gauges describe a moment that has passed.
      if (metric.type !== 'counter' && metric.type !== 'histogram') continue;
      let total = this.metrics.get(metric.name);
      if (!total) this.metrics.set(metric.name, (total = { metric, samples: new Map() }));
      for (const sample of metric.values) {
        const key = JSON.stringify([sample.metricName, Object.entries(sample.labels).toSorted()]);
        const before = total.samples.get(key)?.value ?? 0;
        total.samples.set(key, { ...sample, value: before + sample.value });
      }
    }
  }

  report(): Report {
    return [...this.metrics.values()].map(({ metric, samples }) => ({ ...metric, values: [...samples.values()] }));
  }
}
