import type { Request } from 'express';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { Continuity, ResponseOwners, StoredResponses } from '#continuity';
import { ModelCatalogue } from '#models';
import type { Settings } from '#config';
import { Counters } from '#observability';
import { UpstreamProfiles } from '#upstream';
import type { UpstreamConnection } from '#connections';
import { UpstreamRegistry } from '#connections';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import type { MetricInfo } from './series.js';

/** Label values in the order of the names, and the number. */
type Sample = readonly [values: readonly string[], value: number];

/** A metric whose value is kept elsewhere and read at each scrape. */
export interface StateMetric extends MetricInfo {
  readonly type: 'counter' | 'gauge';
  readonly read: () => Iterable<Sample> | Promise<Iterable<Sample>>;
}

export const BREAKER = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Labels `result` and `reason` for the outcomes that a gate counts. */
export const ATTEMPTS = {
  succeeded: ['ok', 'none'],
  failed: ['error', 'answer'],
  unreachable: ['error', 'unreachable'],
  // A rejected request or a client that disconnected is no failure of the upstream.
  neutral: ['neutral', 'refusal'],
  rejected: ['refused', 'circuit'],
} as const;

const OF_UPSTREAM = ['upstream'];

/** Gauges of the current state, and counters that other components keep. */
@Injectable()
export class StateMetrics {
  readonly all: readonly StateMetric[];

  constructor(
    config: ConfigService<Settings, true>,
    private readonly registry: UpstreamRegistry,
    catalogue: ModelCatalogue,
    profiles: UpstreamProfiles,
    lifecycle: Lifecycle,
    counters: Counters,
    continuity: Continuity,
    responses: StoredResponses,
    owners: ResponseOwners,
  ) {
    const { version, commit } = config.get('build', { infer: true });
    this.all = [
      gauge('llmproxy_inflight_requests', 'Requests in progress.', ['api'], () =>
        byLabel(countByApi(lifecycle.runningRequests())),
      ),
      gauge('llmproxy_inflight_streams', 'Streamed responses in progress.', ['api'], () =>
        byLabel(countByApi(lifecycle.runningRequests().filter(({ record }) => record.streamed))),
      ),
      gauge('llmproxy_max_inflight', 'Sum of the concurrency limits of all upstreams; 0 means unlimited.', [], () => [
        [[], this.limit()],
      ]),
      gauge('llmproxy_queued_requests', 'Calls waiting in the concurrency queue.', OF_UPSTREAM, () =>
        this.each(({ gate }) => gate.queue.waiting),
      ),
      gauge('llmproxy_upstream_running', 'Calls in progress at the upstream.', OF_UPSTREAM, () =>
        this.each(({ gate }) => gate.queue.running),
      ),
      gauge(
        'llmproxy_upstream_breaker_state',
        'State of the circuit breaker: 0 closed, 1 half-open, 2 open.',
        OF_UPSTREAM,
        () => this.each(({ gate }) => BREAKER[gate.breaker.state]),
      ),
      counter('llmproxy_upstream_attempts_total', 'Attempts by result.', ['upstream', 'result', 'reason'], () =>
        this.attempts(),
      ),
      counter('llmproxy_retries_total', 'Calls repeated at the same upstream.', OF_UPSTREAM, () =>
        this.each(({ gate }) => gate.counts.retries),
      ),
      counter('llmproxy_failovers_total', 'Calls continued at another upstream.', OF_UPSTREAM, () =>
        this.each(({ gate }) => gate.counts.failovers),
      ),
      gauge('llmproxy_kept_adaptations', 'Adaptations in use for later requests.', OF_UPSTREAM, () => {
        const counts = profiles.counts();
        return this.each(({ name }) => counts.get(name) ?? 0);
      }),
      counter(
        'llmproxy_learned_adaptations_total',
        'Calls repeated with an adaptation after a rejection.',
        OF_UPSTREAM,
        () => this.each(({ name }) => profiles.adaptedRetries.get(name) ?? 0),
      ),
      counter(
        'llmproxy_continuity_turns_total',
        'Answers with tool calls whose parts were kept, were too large to be kept, or were restored in a later request.',
        ['result'],
        () => byLabel(counters.turns),
      ),
      counter(
        'llmproxy_unreadable_parts_total',
        'Reasoning and compactions of other servers that were left out of requests.',
        ['part'],
        () => byLabel(counters.unreadable),
      ),
      gauge('llmproxy_continuity_bytes', 'Memory for what is kept of conversations.', ['kind'], () => [
        [['turns'], continuity.usage.bytes],
        [['responses'], responses.usage.bytes],
        [['owners'], owners.usage.bytes],
      ]),
      counter(
        'llmproxy_shortened_conversations_total',
        'Conversations of which parts were left out because they were too long for the model.',
        OF_UPSTREAM,
        () => this.each(({ name }) => profiles.shortenedRequests.get(name) ?? 0),
      ),
      gauge('llmproxy_catalogue_age_seconds', 'Age of the model list; absent without one.', OF_UPSTREAM, () =>
        catalogue
          .state()
          .flatMap(({ name, listAgeSeconds }) => (listAgeSeconds === undefined ? [] : [[[name], listAgeSeconds]])),
      ),
      counter('llmproxy_config_reloads_total', 'Reloads of the mapping file.', ['result'], () => [
        [['ok'], registry.reloads.accepted],
        [['refused'], registry.reloads.rejected],
      ]),
      counter(
        'llmproxy_ratelimit_decisions_total',
        'Rate limit decisions, by where the limit is kept.',
        ['limit', 'decision', 'backend'],
        () =>
          [...counters.rateLimitDecisions()].map(([limit, decision, kept, count]) => [[limit, decision, kept], count]),
      ),
      counter('llmproxy_ratelimit_errors_total', 'Rate limit checks and corrections that failed.', [], () => [
        [[], counters.rateLimitErrors],
      ]),
      counter('llmproxy_redis_errors_total', 'Failed Redis calls.', [], () => [[[], counters.redisErrors]]),
      counter('llmproxy_auth_failures_total', 'Requests refused for their API key.', ['reason'], () =>
        byLabel(counters.authFailures),
      ),
      counter('llmproxy_drain_aborted_total', 'Responses cut short by a shutdown.', [], () => [
        [[], counters.drainAborted],
      ]),
      gauge('llmproxy_draining', '1 while the process drains.', [], () => [[[], lifecycle.isDraining ? 1 : 0]]),
      gauge('llmproxy_build_info', 'Always 1; the labels identify the build.', ['version', 'commit', 'node'], () => [
        [[version, commit, process.versions.node], 1],
      ]),
      ...HOST,
    ];
  }

  private *each(read: (connection: UpstreamConnection) => number): Iterable<Sample> {
    for (const connection of this.registry.current.connections) yield [[connection.name], read(connection)];
  }

  private *attempts(): Iterable<Sample> {
    for (const { name, gate } of this.registry.current.connections) {
      for (const [count, words] of Object.entries(ATTEMPTS))
        yield [[name, ...words], gate.counts[count as keyof typeof ATTEMPTS]];
    }
  }

  private limit(): number {
    const limits = this.registry.current.connections.map(({ settings }) => settings.limits.concurrency);
    return limits.includes(0) ? 0 : limits.reduce((sum, each) => sum + each, 0);
  }
}

/** Metrics of the host, as far as the container shows it. */
const HOST: readonly StateMetric[] = [
  gauge('llmproxy_host_load_average', 'Load average over one minute.', [], () => [[[], loadavg()[0] ?? 0]]),
  gauge('llmproxy_host_cpus', 'Available processors.', [], () => [[[], availableParallelism()]]),
  gauge('llmproxy_host_memory_bytes', 'Memory of the host.', ['state'], () => [
    [['total'], totalmem()],
    [['free'], freemem()],
  ]),
  gauge('llmproxy_host_disk_bytes', 'Size of the root file system.', ['state'], async () => {
    const { blocks, bavail, bsize } = await statfs('/');
    return [
      [['total'], blocks * bsize],
      [['free'], bavail * bsize],
    ];
  }),
];

function gauge(name: string, help: string, labels: readonly string[], read: StateMetric['read']): StateMetric {
  return { type: 'gauge', name, help, labels, read };
}

function counter(name: string, help: string, labels: readonly string[], read: StateMetric['read']): StateMetric {
  return { type: 'counter', name, help, labels, read };
}

function countByApi(requests: readonly Request[]): Map<string, number> {
  const counts = new Map([
    ['ollama', 0],
    ['openai', 0],
    ['service', 0],
  ]);
  for (const { routeInfo } of requests) counts.set(routeInfo.api, (counts.get(routeInfo.api) ?? 0) + 1);
  return counts;
}

function byLabel(counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([value, count]) => [[value], count]);
}
