import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { Script, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted } from '../support/ask.js';
import { freePort } from '../support/free-port.js';
import type { Prometheus } from '../support/prometheus.js';
import { prometheusMissing, startPrometheus } from '../support/prometheus.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const FOLDER = 'deploy/helm/monitoring';
const KEY = 'key-of-those-who-may-ask';
const SHORT = 'key-that-may-ask-but-little';

/** How long clients ask; a rate needs two scrapes with a difference between them, one a second. */
const ROUNDS = 16;
const ROUND_MS = 500;
/** Instead of Grafana's own choice: everything that was scraped. */
const RANGE = '30s';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}
const dashboard = JSON.parse(await readFile(`${FOLDER}/llmproxy.json`, 'utf8')) as Dashboard;
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    expr: expr.replaceAll('$__rate_interval', RANGE).replaceAll(/\$(model|upstream)/g, '.*'),
  })),
);
const { spec } = parse(await readFile(`${FOLDER}/prometheusrule.yaml`, 'utf8')) as {
  spec: { groups: { rules: { alert: string; expr: string }[] }[] };
};
const rules = spec.groups.flatMap((group) => group.rules);

/** What the load has to have brought about, or the panels would be tested with zeros. */
const HAPPENED = [
  'llmproxy_retries_total{upstream="default"}',
  'llmproxy_failovers_total{upstream="default"}',
  'llmproxy_upstream_cancelled_total{upstream="default"}',
  'llmproxy_usage_missing_total{upstream="default"}',
  'llmproxy_cost_total{upstream="default"}',
  'llmproxy_upstream_attempts_total{upstream="gone",reason="unreachable"}',
  'llmproxy_upstream_attempts_total{upstream="gone",result="refused"}',
  // It may be half open in the last scrape.
  'max_over_time(llmproxy_upstream_breaker_state{upstream="gone"}[2m]) == 2',
  'llmproxy_ratelimit_decisions_total{decision="refused",backend="local"}',
  'llmproxy_ratelimit_decisions_total{limit="tokens",decision="allowed"}',
  'llmproxy_auth_failures_total{reason="missing"}',
  'llmproxy_auth_failures_total{reason="unknown"}',
  ...['ok', 'client_error', 'client_abort', 'rate_limited', 'overloaded', 'upstream_error', 'truncated'].map(
    (outcome) => `llmproxy_requests_total{outcome="${outcome}"}`,
  ),
];

/** Histograms whose buckets refer to traces. */
const EXEMPLIFIED = [
  'llmproxy_request_duration_seconds',
  'llmproxy_time_to_first_token_seconds',
  'llmproxy_upstream_duration_seconds',
  'gen_ai_client_token_usage',
  'gen_ai_server_time_to_first_token_seconds',
];

describe.skipIf(prometheusMissing)(
  `a real Prometheus${prometheusMissing ? ` (skipped: ${prometheusMissing})` : ''}`,
  { timeout: 60_000 },
  () => {
    let simulators: Simulator[];
    let proxy: RunningProxy;
    let prometheus: Prometheus;
    let folder: string;
    let collector: Server;
    const traces = new Set<string>();

    beforeAll(async () => {
      collector = createServer((request, response) => {
        void text(request).then((body) => {
          for (const [, id] of body.matchAll(/"traceId":"(\w+)"/g)) traces.add(id!);
          response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        });
      }).listen(0, '127.0.0.1');
      await once(collector, 'listening');
      const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
      // The exporter reads the environment of its process.
      vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
      folder = await mkdtemp(join(tmpdir(), 'scrape-'));
      const mapping = join(folder, 'models.json');
      await writeFile(
        mapping,
        JSON.stringify({ models: [{ name: 'dead', model: 'dead', upstreams: ['gone'] }], upstreams: [] }),
      );
      simulators = [createSimulator(), createSimulator()];
      const [first, second] = await Promise.all(simulators.map((simulator) => simulator.listen()));
      const gone = `http://127.0.0.1:${await freePort()}/v1`;
      proxy = await startProxy(first!, {
        UPSTREAMS: JSON.stringify([
          { name: 'second', base_url: second, priority: 1 },
          { name: 'gone', base_url: gone, priority: 2 },
        ]),
        MODEL_MAPPING_FILE: mapping,
        MAX_RETRIES: '1',
        CIRCUIT_BREAKER_ENABLED: 'true',
        PROXY_API_KEYS: JSON.stringify([
          { name: 'many', key: KEY },
          { name: 'few', key: SHORT, requests_per_minute: 3 },
        ]),
        RATE_LIMIT_TOKENS_PER_MINUTE: '10000000',
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_BSP_SCHEDULE_DELAY: '100',
        GEN_AI_METRICS: 'true',
        MODEL_PRICES: '{"*":{"input":2.5,"output":10}}',
      });
      prometheus = await startPrometheus(`127.0.0.1:${proxy.port}`, spec);
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all([...load(proxy.url, round), wait(ROUND_MS)]);
      }
      // The last round has been scraped.
      await wait(1500);
    }, 60_000);
    afterAll(async () => {
      await proxy.close();
      vi.unstubAllEnvs();
      collector.close();
      await Promise.all(simulators.map((simulator) => simulator.close()));
      await rm(folder, { recursive: true });
      await prometheus.stop();
    });

    it('is asked by every query of the dashboard, and has an answer', async () => {
      const silent: string[] = [];
      for (const { title, expr } of queries) {
        const numbers = (await prometheus.query(expr)).map(({ value }) => Number(value[1]));
        if (!numbers.some(Number.isFinite)) silent.push(`${title}: ${expr}`);
      }
      expect(silent).toEqual([]);
      expect(queries.length).toBeGreaterThan(30);
    });

    it('would not have one for a metric that nobody has', async () => {
      expect(await prometheus.query(`sum(rate(llmproxy_nothing_total[${RANGE}]))`)).toEqual([]);
    });

    it('has seen everything that the panels are for', async () => {
      const absent: string[] = [];
      for (const expr of HAPPENED) if ((await prometheus.query(`sum(${expr}) > 0`)).length === 0) absent.push(expr);
      expect(absent).toEqual([]);
    });

    it('has exemplars of traces that a collector has', async () => {
      for (const metric of EXEMPLIFIED) {
        const exemplars = await prometheus.exemplars(`${metric}_bucket`);
        expect(exemplars.length, metric).toBeGreaterThan(0);
        for (const { trace_id: id } of exemplars) expect(traces).toContain(id);
      }
    });

    it('can evaluate every alert, and sees the breaker', async () => {
      for (const { expr } of rules) await prometheus.query(expr);
      const states = await prometheus.rules();
      expect(states.map(({ name }) => name)).toEqual(rules.map(({ alert }) => alert));
      expect(states.filter(({ health }) => health !== 'ok')).toEqual([]);
      const pending = 'max_over_time(ALERTS{alertname="LlmProxyBreakerOpen",alertstate="pending"}[2m])';
      expect(await prometheus.query(pending)).not.toEqual([]);
      expect(states.find(({ name }) => name === 'LlmProxyInstanceDown')?.state).toBe('inactive');
    });
  },
);

/** One round of all that clients do. */
function load(url: string, round: number): Promise<unknown>[] {
  const send = (path: string, body: object, key = KEY, signal?: AbortSignal): Promise<unknown> =>
    ask(`${url}${path}`, body, { headers: { 'x-api-key': key }, ...(signal && { signal }) }).catch(() => undefined);
  const chat = (script: Script, more: object = {}): object => ({
    model: 'sim-chat',
    messages: [scripted(script)],
    ...more,
  });
  const streamed = { stream: true, stream_options: { include_usage: true } };
  return [
    ...Array.from({ length: 4 }, () => send('/api/chat', chat({ tokens: 8, tokenDelayMs: 5 }))),
    send('/api/chat', chat({ tokens: 8 }, { stream: false })),
    send('/api/generate', { model: 'sim-chat', prompt: 'once', stream: false }),
    send('/api/embed', { model: 'sim-embed', input: ['a', 'b'] }),
    send('/v1/chat/completions', chat({ tokens: 8 }, streamed)),
    send('/api/chat', chat({ noUsage: true })),
    send('/api/chat', chat({ status: 503 })),
    send('/api/chat', chat({ cut: 'reset', tokens: 20, tokenDelayMs: 5 })),
    send('/api/chat', chat({ tokens: 500, tokenDelayMs: 10 }), KEY, AbortSignal.timeout(100)),
    send('/api/chat', { model: 'dead', messages: [scripted({})] }),
    send('/api/chat', { model: 7 }),
    send('/api/chat', chat({}, { stream: false }), SHORT),
    // 20 within a minute would close the door for everybody here.
    ...(round % 2 === 0 ? [send('/api/tags', {}, 'a-key-that-nobody-knows')] : []),
    ask(`${url}/api/tags`),
  ];
}
