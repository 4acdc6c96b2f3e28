import type { Report } from '../../server/cluster/messages.js';
import { ATTEMPTS, BREAKER } from './state-metrics.js';

type Labels = Readonly<Partial<Record<string, string | number>>>;

/** The most important metrics, for people and scripts without Prometheus. */
export function summarize(report: Report): object {
  const outcomes = sumBy(report, 'llmproxy_requests_total', 'outcome');
  const total = sum(Object.values(outcomes));
  const { ok = 0 } = outcomes;
  const byModel = sumBy(report, 'llmproxy_requests_total', 'model');
  const failed = sumBy(report, 'llmproxy_requests_total', 'model', ({ outcome }) => outcome !== 'ok');
  const tokens = sumBy(report, 'llmproxy_tokens_total', 'model', ({ type }) => type === 'input' || type === 'output');
  const inFlight = (name: string): number => sum(Object.values(sumBy(report, name, 'api')));
  const startedAt = report.find(({ name }) => name === 'process_start_time_seconds')?.values[0]?.value ?? 0;
  return {
    requests: { total, ok, failed: total - ok, in_flight: inFlight('llmproxy_inflight_requests'), outcomes },
    streams: { in_flight: inFlight('llmproxy_inflight_streams') },
    tokens: sumBy(report, 'llmproxy_tokens_total', 'type'),
    upstreams: upstreamsOf(report),
    models: Object.keys(byModel).map((name) => ({
      name,
      requests: byModel[name],
      failed: failed[name] ?? 0,
      tokens: tokens[name] ?? 0,
    })),
    uptime_seconds: Math.max(0, Math.round(Date.now() / 1000 - startedAt)),
  };
}

function upstreamsOf(report: Report): object[] {
  const states = Object.entries(sumBy(report, 'llmproxy_upstream_breaker_state', 'upstream'));
  const by = (name: string): Record<string, number> => sumBy(report, name, 'upstream');
  const running = by('llmproxy_upstream_running');
  const queued = by('llmproxy_queued_requests');
  const retries = by('llmproxy_retries_total');
  const failovers = by('llmproxy_failovers_total');
  const attempts = Object.entries(ATTEMPTS).map(([count, [result, reason]]) => {
    const isOne = (labels: Labels): boolean => labels.result === result && labels.reason === reason;
    return [count, sumBy(report, 'llmproxy_upstream_attempts_total', 'upstream', isOne)] as const;
  });
  return states.map(([name, state]) => ({
    name,
    breaker: Object.entries(BREAKER).find(([, number]) => number === state)?.[0],
    running: running[name],
    queued: queued[name],
    ...Object.fromEntries(attempts.map(([count, numbers]) => [count, numbers[name]])),
    retries: retries[name],
    failovers: failovers[name],
  }));
}

/** Sums of a metric by one of its labels; those without a value are left out. */
function sumBy(
  report: Report,
  metric: string,
  label: string,
  wanted: (labels: Labels) => boolean = () => true,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { labels, value } of report.find(({ name }) => name === metric)?.values ?? []) {
    const key = String(labels[label] ?? '');
    if (key !== '' && wanted(labels)) sums[key] = (sums[key] ?? 0) + value;
  }
  return sums;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
