import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MetricsCollector } from './metrics-collector.js';
import type { Report } from './messages.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const reportOf = (requests: number, running: number): Report => [
  {
    name: 'requests',
    help: '',
    type: 'counter',
    aggregator: 'sum',
    values: [{ value: requests, labels: { api: 'x' } }],
  },
  { name: 'running', help: '', type: 'gauge', aggregator: 'sum', values: [{ value: running, labels: {} }] },
];

/** The sum of a metric over all reports. */
const sumOf = (reports: readonly Report[], name: string): number =>
  reports
    .flat()
    .filter((metric) => metric.name === name)
    .flatMap(({ values }) => values)
    .reduce((sum, { value }) => sum + value, 0);

/** Workers that send the given report; `undefined` never answers. */
function workers(collector: MetricsCollector, all: Record<number, Report | undefined>) {
  return Object.keys(all).map((key) => ({
    id: Number(key),
    requestReport: (id: number) => {
      const report = all[Number(key)];
      if (report) collector.addReport(id, Number(key), report);
    },
  }));
}

describe('MetricsCollector', () => {
  it('returns the reports of all workers', async () => {
    const collector = new MetricsCollector();
    const reports = await collector.collect(workers(collector, { 1: reportOf(3, 1), 2: reportOf(4, 2) }));
    expect([sumOf(reports, 'requests'), sumOf(reports, 'running')]).toEqual([7, 3]);
  });

  it('uses the previous report of a worker that does not answer within a second', async () => {
    const collector = new MetricsCollector();
    await collector.collect(workers(collector, { 1: reportOf(3, 1), 2: reportOf(4, 2) }));
    const collected = collector.collect(workers(collector, { 1: reportOf(5, 1), 2: undefined }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(sumOf(await collected, 'requests')).toBe(9);
  });

  it('does not wait for an exited worker, and keeps its counters but not its gauges', async () => {
    const collector = new MetricsCollector();
    await collector.collect(workers(collector, { 1: reportOf(3, 1), 2: reportOf(4, 2) }));
    const collected = collector.collect(workers(collector, { 1: undefined, 2: reportOf(5, 2) }));
    collector.workerExited(1);
    const reports = await collected;
    expect([sumOf(reports, 'requests'), sumOf(reports, 'running')]).toEqual([8, 2]);
    collector.workerExited(2);
    const rest = await collector.collect(workers(collector, { 3: reportOf(1, 0) }));
    expect(sumOf(rest, 'requests')).toBe(9);
    // One sample for each set of labels, however many workers have exited.
    expect(rest.at(-1)?.find(({ name }) => name === 'requests')?.values).toHaveLength(1);
  });
});
