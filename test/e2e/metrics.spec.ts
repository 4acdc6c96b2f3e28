import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counters } from '#observability';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { METRICS } from '../deploy/metric-names.js';
import { ask, scripted } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0';

/** One line of the text format. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function samplesOf(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', inner = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const labels = Object.fromEntries([...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, of]) => [key!, of!]));
      return { name, labels, value: Number(value) };
    });
}

/** The sum of a metric's samples that have these labels. */
function sumOf(samples: readonly Sample[], name: string, labels: Record<string, string> = {}): number {
  return samples
    .filter((each) => each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** Metrics that count requests: what the proxy holds of itself and of Node comes and goes. */
function requestSeries(samples: readonly Sample[]): number {
  return samples.filter(({ name }) => name.startsWith('llmproxy_')).length;
}

let simulator: Simulator;
let proxy: RunningProxy;
let model: string;
let upstream: string;

const scrape = async (): Promise<Sample[]> => samplesOf((await ask(`${proxy.url}/v1/metrics`)).text);
const chat = (body: object, path = '/api/chat') =>
  ask(`${proxy.url}${path}`, { model, messages: [{ role: 'user', content: 'Hello.' }], ...body });

beforeAll(async () => {
  simulator = createSimulator();
  upstream = await simulator.listen();
  proxy = await startProxy(upstream, { MODEL_PRICES: '{"*":{"input":1}}', GEN_AI_METRICS: 'true' });
  const { lines } = await ask(`${proxy.url}/api/tags`);
  model = (lines[0] as unknown as { models: { name: string }[] }).models[0]!.name;
});
afterAll(async () => {
  await proxy.close();
  await simulator.close();
});

describe('the metrics', () => {
  it('count requests, tokens and times', async () => {
    const before = await scrape();
    await chat({ stream: true });
    await chat({ stream: false });
    await chat({ stream: true }, '/v1/chat/completions');
    await chat({ model: '' });
    const after = await scrape();
    const grown = (name: string, labels: Record<string, string> = {}) =>
      sumOf(after, name, labels) - sumOf(before, name, labels);
    const chats = { operation: 'chat', outcome: 'ok', code: '200' };
    expect(grown('llmproxy_requests_total', { ...chats, api: 'ollama', model })).toBe(2);
    expect(grown('llmproxy_requests_total', { ...chats, api: 'openai', model })).toBe(1);
    expect(grown('llmproxy_requests_total', { operation: 'chat', outcome: 'client_error', code: '400' })).toBe(1);
    expect(grown('llmproxy_request_duration_seconds_count', { operation: 'chat', model, stream: 'true' })).toBe(2);
    expect(grown('llmproxy_request_duration_seconds_count', { operation: 'chat', model, stream: 'false' })).toBe(1);
    expect(grown('llmproxy_time_to_first_token_seconds_count', { model, upstream: 'default' })).toBe(2);
    expect(grown('llmproxy_time_per_output_token_seconds_count', { model, upstream: 'default' })).toBeGreaterThan(0);
    expect(grown('llmproxy_upstream_duration_seconds_count', { upstream: 'default' })).toBe(3);
    expect(grown('llmproxy_queue_wait_seconds_count', { upstream: 'default' })).toBe(3);
    expect(grown('llmproxy_tokens_total', { type: 'input', model })).toBeGreaterThan(0);
    expect(grown('llmproxy_tokens_total', { type: 'output', model })).toBeGreaterThan(0);
    expect(grown('llmproxy_upstream_attempts_total', { result: 'ok', upstream: 'default' })).toBe(3);
    expect(grown('llmproxy_request_size_bytes_count', { api: 'ollama' })).toBe(3);
    expect(grown('llmproxy_response_size_bytes_sum', { api: 'ollama' })).toBeGreaterThan(200);
    expect(sumOf(after, 'llmproxy_inflight_requests', { api: 'ollama' })).toBe(0);
    expect(sumOf(after, 'llmproxy_inflight_requests', { api: 'openai' })).toBe(0);
  });

  it('count failures by outcome', async () => {
    const before = await scrape();
    await chat({ messages: [scripted({ status: 500 })] });
    await chat({ messages: [scripted({ status: 400 })] });
    await chat({ messages: [scripted({ cut: 'clean' })] });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 150);
    await ask(
      `${proxy.url}/api/chat`,
      { model, messages: [scripted({ tokens: 400, tokenDelayMs: 20 })] },
      { signal: controller.signal },
    ).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = await scrape();
    const grown = (outcome: string) =>
      sumOf(after, 'llmproxy_requests_total', { outcome }) - sumOf(before, 'llmproxy_requests_total', { outcome });
    expect(grown('upstream_error')).toBe(1);
    expect(grown('client_error')).toBe(1);
    expect(grown('truncated')).toBe(1);
    expect(grown('client_abort')).toBe(1);
    expect(sumOf(after, 'llmproxy_upstream_cancelled_total')).toBeGreaterThan(0);
  });

  it('have the documented names, labels and types', async () => {
    const counters = proxy.app.get(Counters, { strict: false });
    counters.countDecision('requests', 'allowed', 'local');
    counters.countAuthFailure('missing');
    // An answer whose upstream counted nothing.
    await chat({ messages: [scripted({ noUsage: true })] });
    const { text } = await ask(`${proxy.url}/v1/metrics`);
    const samples = samplesOf(text);
    const missing = Object.entries(METRICS).flatMap(([name, { type, labels }]) => {
      if (!text.includes(`# TYPE ${name} ${type}\n`)) return [name];
      const one = samples.find((each) => each.name === (type === 'histogram' ? `${name}_bucket` : name));
      if (!one) return [`${name} (no sample)`];
      const own = Object.keys(one.labels).filter((label) => label !== 'le');
      return own.toSorted().join() === labels.toSorted().join() ? [] : [`${name}: ${own.join()}`];
    });
    expect(missing).toEqual([]);
  });

  it('are at /metrics too, and support OpenMetrics', async () => {
    const plain = await ask(`${proxy.url}/metrics`);
    expect(plain.type).toContain('text/plain; version=0.0.4');
    const open = await ask(`${proxy.url}/metrics`, undefined, {
      headers: { accept: `${OPEN_METRICS},text/plain;q=0.5` },
    });
    expect(open.type).toContain('application/openmetrics-text');
    expect(open.text).toMatch(/# TYPE llmproxy_requests counter\nllmproxy_requests_total\{/);
    expect(open.text).toMatch(/\n# EOF\n$/);
    expect(open.text).not.toMatch(/# TYPE \w+_total counter/);
    // The other format is not spoilt by it.
    expect((await ask(`${proxy.url}/metrics`)).text).toContain('# TYPE llmproxy_requests_total counter\n');
  });

  it('have no labels from clients: 1,000 models and paths add no series', { timeout: 60_000 }, async () => {
    const odd = async (number: number): Promise<void> => {
      await chat({ model: `made-up-${number}` });
      await ask(`${proxy.url}/api/made-up-${number}`);
      await ask(`${proxy.url}/v1/models/made-up-${number}`);
      await ask(`${proxy.url}/made-up-${number}`);
    };
    await odd(0);
    await odd(1);
    const before = requestSeries(await scrape());
    for (let number = 2; number < 1002; number += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, at) => odd(number + at)));
    }
    const after = await ask(`${proxy.url}/v1/metrics`);
    expect(after.text).not.toContain('made-up');
    expect(requestSeries(samplesOf(after.text))).toBe(before);
    expect(before).toBeLessThan(5000);
  });

  it('do not have names that match a pattern', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metrics-'));
    const file = join(folder, 'models.json');
    writeFileSync(file, JSON.stringify({ 'any-*': model, 'known-name': model }));
    const mapped = await startProxy(upstream, { MODEL_MAPPING_FILE: file });
    try {
      await ask(`${mapped.url}/api/tags`);
      for (const name of ['any-made-up', 'known-name']) {
        const { status } = await ask(`${mapped.url}/api/chat`, {
          model: name,
          messages: [{ role: 'user', content: 'x' }],
        });
        expect(status).toBe(200);
      }
      const { text } = await ask(`${mapped.url}/metrics`);
      expect(text).not.toContain('made-up');
      expect(text).toContain('model="known-name"');
    } finally {
      await mapped.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('have a JSON summary', async () => {
    const { lines } = await ask(`${proxy.url}/v1/metrics/summary`);
    const summary = lines[0] as unknown as {
      requests: { total: number; ok: number; failed: number };
      upstreams: { name: string; good: number }[];
      models: { name: string; requests: number; tokens: number }[];
    };
    expect(summary.requests.total).toBe(summary.requests.ok + summary.requests.failed);
    expect(summary.upstreams[0]).toMatchObject({ name: 'default', breaker: 'closed' });
    expect(summary.models.find(({ name }) => name === model)!.tokens).toBeGreaterThan(0);
  });
});

describe('settings of the metrics', () => {
  it.each([{ ENABLE_METRICS: 'false' }, { ENABLE_PROMETHEUS_METRICS: 'false' }])(
    '%o: nothing is there',
    async (off) => {
      const without = await startProxy(upstream, off);
      try {
        expect((await ask(`${without.url}/metrics`)).status).toBe(404);
        // Below /v1 it is a path that no upstream is asked for.
        expect((await ask(`${without.url}/v1/metrics`)).status).toBe(404);
      } finally {
        await without.close();
      }
    },
  );

  it('are at METRICS_PATH', async () => {
    const moved = await startProxy(upstream, { METRICS_PATH: '/internal/numbers' });
    try {
      expect((await ask(`${moved.url}/internal/numbers`)).text).toContain('llmproxy_draining 0');
      expect((await ask(`${moved.url}/internal/numbers/summary`)).status).toBe(200);
      expect((await ask(`${moved.url}/metrics`)).status).toBe(200);
    } finally {
      await moved.close();
    }
  });
});

const promtool = spawnSync('promtool', ['--version']).status === 0;

describe.skipIf(!promtool)(`promtool${promtool ? '' : ' (skipped: it is not installed; Debian: prometheus)'}`, () => {
  it('accepts a scrape', async () => {
    await chat({});
    const { text } = await ask(`${proxy.url}/metrics`);
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
  });
});
