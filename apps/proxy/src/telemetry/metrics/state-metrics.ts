import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { ModelCatalogue } from '#models';
import type { Settings } from '#config';
import { Counters } from '#observability';
import { UpstreamProfiles } from '#upstream';
import type { UpstreamConnection } from '#connections';
import { UpstreamRegistry } from '#connections';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { RequestMetrics } from './request-metrics.js';
import type { MetricInfo } from './series.js';

/** Label values in the order of the names, and the number. */
type Sample = readonly [values: readonly string[], value: number];

/** A number that somebody else keeps, read when it is asked for. */
export interface StateMetric extends MetricInfo {
  readonly type: 'counter' | 'gauge';
  readonly read: () => Iterable<Sample> | Promise<Iterable<Sample>>;
}

export const BREAKER = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Result and reason of what a gate counts. */
export const ATTEMPTS = {
  succeeded: ['ok', 'none'],
  failed: ['error', 'answer'],
  unreachable: ['error', 'unreachable'],
  // Refusals of what was asked, and clients that left, say nothing about the backend.
  neutral: ['neutral', 'refusal'],
  rejected: ['refused', 'circuit'],
} as const;

const OF_UPSTREAM = ['upstream'];

/** Everything that is not counted for a request but is so at the moment, or is counted elsewhere. */
@Injectable()
export class StateMetrics {
  readonly all: readonly StateMetric[];

  constructor(
    config: ConfigService<Settings, true>,
    private readonly registry: UpstreamRegistry,
    catalogue: ModelCatalogue,
    manners: UpstreamProfiles,
    lifecycle: Lifecycle,
    counters: Counters,
    requests: RequestMetrics,
  ) {
    const { version, commit } = config.get('build', { infer: true });
    this.all = [
      gauge('llmproxy_inflight_requests', 'Requests that are being answered.', ['api'], () =>
        byLabel(requests.inFlight(false)),
      ),
      gauge('llmproxy_inflight_streams', 'Of these, those whose answer streams.', ['api'], () =>
        byLabel(requests.inFlight(true)),
      ),
      gauge('llmproxy_max_inflight', 'Calls at a time that all backends together take; 0 is no limit.', [], () => [
        [[], this.limit()],
      ]),
      gauge('llmproxy_queued_requests', 'Calls that wait for a free place.', OF_UPSTREAM, () =>
        this.each(({ gate }) => gate.queue.waiting),
      ),
      gauge('llmproxy_upstream_running', 'Calls that a backend works on.', OF_UPSTREAM, () =>
        this.each(({ gate }) => gate.queue.running),
      ),
      gauge('llmproxy_upstream_breaker_state', '0 closed, 1 half open, 2 open.', OF_UPSTREAM, () =>
        this.each(({ gate }) => BREAKER[gate.breaker.state]),
      ),
      counter(
        'llmproxy_upstream_attempts_total',
        'Calls of backends by how they ended.',
        ['upstream', 'result', 'reason'],
        () => this.attempts(),
      ),
      counter('llmproxy_retries_total', 'Calls that were tried again.', OF_UPSTREAM, () =>
        this.each(({ gate }) => gate.counts.retries),
      ),
      counter('llmproxy_failovers_total', 'Calls that went on to another backend from here.', OF_UPSTREAM, () =>
        this.each(({ gate }) => gate.counts.failovers),
      ),
      counter(
        'llmproxy_learned_adaptations_total',
        'Calls repeated in another manner after a refusal.',
        OF_UPSTREAM,
        () => this.each(({ name }) => manners.adaptedRetries.get(name) ?? 0),
      ),
      gauge('llmproxy_catalogue_age_seconds', 'Age of the list of models; absent without one.', OF_UPSTREAM, () =>
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
        'Decisions of the limits, and where they were made.',
        ['limit', 'decision', 'backend'],
        () =>
          [...counters.rateLimitDecisions()].map(([limit, decision, kept, count]) => [[limit, decision, kept], count]),
      ),
      counter('llmproxy_redis_errors_total', 'Calls of Redis that failed.', [], () => [[[], counters.redisErrors]]),
      counter('llmproxy_auth_failures_total', 'Refused keys.', ['reason'], () => byLabel(counters.authFailures)),
      counter('llmproxy_drain_aborted_total', 'Answers that a shutdown cut short.', [], () => [
        [[], counters.drainAborted],
      ]),
      gauge('llmproxy_draining', '1 while the process finishes what runs and ends.', [], () => [
        [[], lifecycle.isDraining ? 1 : 0],
      ]),
      gauge('llmproxy_build_info', 'Always 1; the labels tell what runs.', ['version', 'commit', 'node'], () => [
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

/** Of the machine, as far as its container shows it. */
const HOST: readonly StateMetric[] = [
  gauge('llmproxy_host_load_average', 'Processes that run or want to, mean of a minute.', [], () => [
    [[], loadavg()[0] ?? 0],
  ]),
  gauge('llmproxy_host_cpus', 'Processors that may be used.', [], () => [[[], availableParallelism()]]),
  gauge('llmproxy_host_memory_bytes', 'Memory of the machine.', ['state'], () => [
    [['total'], totalmem()],
    [['free'], freemem()],
  ]),
  gauge('llmproxy_host_disk_bytes', 'The file system at the root.', ['state'], async () => {
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

function byLabel(counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([value, count]) => [[value], count]);
}
