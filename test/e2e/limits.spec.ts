import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { AskOptions, Seen } from '../support/ask.js';
import { ask, scripted, until } from '../support/ask.js';
import type { RedisServer } from '../support/redis-server.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';
import { RateLimits } from '#limits';

let simulator: Simulator;
let upstream: string;
beforeAll(async () => {
  simulator = createSimulator();
  upstream = await simulator.listen();
});
afterAll(() => simulator.close());

async function start(environment: Record<string, string>): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, environment);
  onTestFinished(() => proxy.close());
  return proxy;
}

const chat = (proxy: RunningProxy, more: object = {}, options: AskOptions = {}): Promise<Seen> =>
  ask(`${proxy.url}/api/chat`, { model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }], ...more }, options);

/** The cheapest request that counts. */
const show = (proxy: RunningProxy, options: AskOptions = {}): Promise<Seen> =>
  ask(`${proxy.url}/api/show`, { model: 'sim-chat' }, options);

/** How many of so many requests at once each status had. */
async function statuses(count: number, request: (index: number) => Promise<Seen>): Promise<Record<number, number>> {
  const seen = await Promise.all(Array.from({ length: count }, (_, index) => request(index)));
  const counts: Record<number, number> = {};
  for (const { status } of seen) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** What asking for the rest takes at the time of asking. */
const ASKED = { model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }] };
const own = Math.ceil(JSON.stringify(ASKED).length / 4);

/** The remaining tokens from the headers of a response; this request consumes some itself. */
const tokensLeft = ({ headers }: Seen): number => Number(headers.get('x-ratelimit-remaining-tokens'));

describe('limits of requests', () => {
  it('admit exactly the limit of concurrent requests, and send Retry-After', async () => {
    const proxy = await start({ RATE_LIMIT_REQUESTS: '10', RATE_LIMIT_WINDOW: '30' });
    expect(await statuses(200, () => chat(proxy, { stream: false }))).toEqual({ 200: 10, 429: 190 });
    const { status, headers, text } = await chat(proxy);
    expect(status).toBe(429);
    expect(JSON.parse(text)).toEqual({ error: expect.stringContaining('rate limit reached') });
    expect(headers.get('retry-after')).toMatch(/^([1-9]|[12]\d|30)$/);
    expect(headers.get('x-ratelimit-limit-requests')).toBe('10');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+s$/);
    const openAi = await ask(`${proxy.url}/v1/chat/completions`, { model: 'sim-chat', messages: [] });
    expect(openAi.status).toBe(429);
    expect(JSON.parse(openAi.text)).toEqual({
      error: { message: expect.any(String), type: 'requests', param: null, code: 'rate_limit_exceeded' },
    });
    // Clients poll lists and versions.
    for (const path of [
      '/api/tags',
      '/api/ps',
      '/api/version',
      '/v1/models',
      '/v1/version',
      '/',
      '/health',
      '/readyz',
      '/metrics',
      '/docs',
      '/ui/page.js',
    ])
      expect((await ask(`${proxy.url}${path}`)).status).toBe(200);
  });

  it('reset with the next window', async () => {
    const proxy = await start({ RATE_LIMIT_REQUESTS: '2', RATE_LIMIT_WINDOW: '1' });
    expect(await statuses(5, () => show(proxy))).toEqual({ 200: 2, 429: 3 });
    await wait(1100);
    expect((await show(proxy)).status).toBe(200);
  });

  it('count each address behind a trusted proxy, and no forged address', async () => {
    const as = (proxy: RunningProxy, address: string): Promise<Seen> =>
      show(proxy, { headers: { 'x-forwarded-for': address } });
    const trusting = await start({ RATE_LIMIT_REQUESTS: '1', TRUSTED_PROXIES: 'loopback' });
    expect(await statuses(3, (index) => as(trusting, `10.0.0.${index}`))).toEqual({ 200: 3 });
    expect(await statuses(2, (index) => as(trusting, `fd00:1:2:3::${index}`))).toEqual({ 200: 1, 429: 1 });
    const plain = await start({ RATE_LIMIT_REQUESTS: '1' });
    expect(await statuses(3, (index) => as(plain, `10.0.0.${index}`))).toEqual({ 200: 1, 429: 2 });
  });

  it('do not apply when disabled', async () => {
    const proxy = await start({ RATE_LIMIT_REQUESTS: '1', RATE_LIMIT_ENABLED: 'false' });
    const seen = await Promise.all([show(proxy), show(proxy)]);
    expect(seen.map(({ status, headers }) => [status, headers.get('x-ratelimit-limit-requests')])).toEqual([
      [200, null],
      [200, null],
    ]);
    expect(() => proxy.app.get(RateLimits, { strict: false })).toThrow();
  });
});

describe('limits of tokens', () => {
  const LIMIT = { RATE_LIMIT_TOKENS_PER_MINUTE: '100000' };

  it('replace the headers of the upstream, which pass if there are no limits here', async () => {
    const sent = { 'x-ratelimit-remaining-tokens': '7', 'x-ratelimit-remaining-requests': '8' };
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', ...sent }).end('{"data":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = await startProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, LIMIT);
    onTestFinished(async () => {
      await proxy.close();
      server.close();
    });
    const { headers } = await ask(`${proxy.url}/v1/chat/completions`, { model: 'x', messages: [] });
    expect(Number(headers.get('x-ratelimit-remaining-tokens'))).toBeGreaterThan(99_000);
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('8');
  });

  it.each([
    ['whole', { stream: false }],
    ['streamed', { stream: true }],
  ])("are corrected to the upstream's count: %s", async (_how, more) => {
    const proxy = await start(LIMIT);
    const seen = await chat(proxy, { ...more, options: { num_predict: 4000 } });
    expect(tokensLeft(seen)).toBeLessThan(96_000);
    const { prompt_eval_count: input, eval_count: output } = seen.lines.at(-1)!;
    expect(tokensLeft(await chat(proxy))).toBe(100_000 - Number(input) - Number(output) - own);
  });

  it('are corrected on the OpenAI API, whose bodies pass unread', async () => {
    const proxy = await start({ ...LIMIT, ENABLE_METRICS: 'false' });
    const body = { model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }], max_tokens: 50 };
    const { text, headers } = await ask(`${proxy.url}/v1/chat/completions`, body);
    const { usage } = JSON.parse(text) as { usage: { total_tokens: number } };
    expect(headers.get('x-ratelimit-limit-tokens')).toBe('100000');
    expect(tokensLeft(await chat(proxy))).toBe(100_000 - usage.total_tokens - own);
  });

  it('are returned in full when a call fails', async () => {
    const proxy = await start(LIMIT);
    const failed = await chat(proxy, { messages: [scripted({ status: 500 })], options: { num_predict: 4000 } });
    expect(failed.status).toBeGreaterThanOrEqual(500);
    expect((await chat(proxy, { model: '', options: { num_predict: 4000 } })).status).toBe(400);
    expect(tokensLeft(await chat(proxy))).toBe(100_000 - own);
  });

  it('count what was sent when the client disconnects', async () => {
    const proxy = await start(LIMIT);
    const controller = new AbortController();
    const left = chat(
      proxy,
      { messages: [scripted({ hang: 'mid-stream' })], options: { num_predict: 4000 } },
      { signal: controller.signal },
    );
    await wait(300);
    controller.abort();
    await expect(left).rejects.toThrow();
    await wait(100);
    const rest = tokensLeft(await chat(proxy));
    expect(rest).toBeGreaterThan(99_000);
    expect(rest).toBeLessThan(100_000 - own);
  });

  it('refuse a request above the rest of the limit', async () => {
    const proxy = await start({ RATE_LIMIT_TOKENS_PER_MINUTE: '200' });
    const counts = await statuses(50, () => chat(proxy, { stream: false, options: { num_predict: 80 } }));
    expect(counts[429]).toBeGreaterThan(40);
    const { status, text } = await chat(proxy, { options: { num_predict: 4000 } });
    expect([status, text]).toEqual([429, expect.stringContaining('200 tokens')]);
    // Routes that use none go on.
    expect((await show(proxy)).status).toBe(200);
  });
});

describe.skipIf(redisMissing !== '')(`limits in Redis${redisMissing && ` (skipped: ${redisMissing})`}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());
  /** Every test counts for itself. */
  let tests = 0;

  async function pair(environment: Record<string, string>): Promise<RunningProxy[]> {
    tests += 1;
    const PROXY_API_KEYS = `test-${tests}:key-of-the-limits-tests`;
    const both = { REDIS_URL: redis.url, PROXY_API_KEYS, AUTH_EXEMPT: '/health', ...environment };
    return Promise.all([start(both), start(both)]);
  }
  const headers = { authorization: 'Bearer key-of-the-limits-tests' };
  const counted = (proxy: RunningProxy): Promise<Seen> => show(proxy, { headers });
  const state = (proxy: RunningProxy): string => proxy.app.get(RateLimits, { strict: false }).describe().status;

  async function timed(request: () => Promise<Seen>): Promise<[status: number, ms: number]> {
    const began = performance.now();
    const { status } = await request();
    return [status, performance.now() - began];
  }

  it('hold across two proxies', async () => {
    const proxies = await pair({ RATE_LIMIT_REQUESTS: '100' });
    expect(proxies.map(state)).toEqual(['up', 'up']);
    const counts = await statuses(200, (index) => counted(proxies[index % 2]!));
    expect(counts[200]).toBeGreaterThanOrEqual(98);
    expect(counts[200]).toBeLessThanOrEqual(102);
    const other = await pair({ RATE_LIMIT_REQUESTS: '10' });
    // So few at once that each command reaches Redis in time.
    expect(await statuses(60, (index) => counted(other[index % 2]!))).toEqual({ 200: 10, 429: 50 });
  });

  it('of tokens are corrected for both proxies and never exceeded', async () => {
    const [one, other] = await pair({ RATE_LIMIT_TOKENS_PER_MINUTE: '100000' });
    const seen = await chat(one!, { options: { num_predict: 4000 } }, { headers });
    const { prompt_eval_count: input, eval_count: output } = seen.lines.at(-1)!;
    await wait(50);
    expect(tokensLeft(await chat(other!, {}, { headers }))).toBe(100_000 - Number(input) - Number(output) - own);
    const slow = chat(
      one!,
      { messages: [scripted({ headersDelayMs: 400, status: 500 })], options: { num_predict: 4000 } },
      { headers },
    );
    await wait(100);
    await redis.kill();
    await redis.start();
    await slow;
    await until(() => state(other!) === 'up', 5000);
    await wait(1500);
    expect(tokensLeft(await chat(other!, {}, { headers }))).toBe(100_000 - own);
  });

  it('of tokens are not consumed by refused requests and never fall below zero', async () => {
    const [one] = await pair({ RATE_LIMIT_TOKENS_PER_MINUTE: '1000' });
    expect(await until(() => state(one!) === 'up', 5000)).toBe(true);
    const rates = one!.app.get(RateLimits, { strict: false });
    const caller = `key:refused-${tests}`;
    const first = await rates.admit(caller, {}, 600);
    for (let tries = 0; tries < 3; tries += 1) {
      const { refusal, states } = await rates.admit(caller, {}, 500);
      expect([refusal?.status, states[0]?.remaining]).toEqual([429, 400]);
    }
    expect((await rates.admit(caller, {}, 400)).refusal).toBeUndefined();
    // Given back three times, which is more than was taken.
    for (let times = 0; times < 3; times += 1) await rates.settle(first.reservation!, 0);
    expect((await rates.admit(caller, {}, 100)).states[0]).toMatchObject({ limit: 1000, remaining: 900 });
  });

  it('of tokens are corrected by a proxy that exits right after its last response', async () => {
    const [one, other] = await pair({ RATE_LIMIT_TOKENS_PER_MINUTE: '100000' });
    const seen = await chat(one!, { options: { num_predict: 4000 } }, { headers });
    await one!.close();
    const { prompt_eval_count: input, eval_count: output } = seen.lines.at(-1)!;
    expect(tokensLeft(await chat(other!, {}, { headers }))).toBe(100_000 - Number(input) - Number(output) - own);
  });

  // With "local", the request that Redis admitted before counts towards the instance's share of 10.
  it.each([
    ['local', 200, 9],
    ['open', 200, 40],
    ['closed', 503, 0],
  ] as const)(
    '%s: a Redis that hangs costs 50 ms at most, and is used again when it is back',
    async (setting, first, admitted) => {
      const environment = { RATE_LIMIT_REQUESTS: '20', RATE_LIMIT_ON_REDIS_ERROR: setting, EXPECTED_REPLICAS: '2' };
      const [proxy] = await pair(environment);
      await counted(proxy!);
      redis.freeze();
      try {
        const [status, ms] = await timed(() => counted(proxy!));
        expect(status).toBe(first);
        expect(ms).toBeLessThan(50 + 60);
        expect(state(proxy!)).toBe('down');
        const rest = await statuses(39, () => counted(proxy!));
        expect((rest[200] ?? 0) + (status === 200 ? 1 : 0)).toBe(admitted);
        expect(rest[500]).toBeUndefined();
        // The breaker is open by now: nothing is waited for.
        const [, again] = await timed(() => counted(proxy!));
        expect(again).toBeLessThan(40);
      } finally {
        redis.thaw();
      }
      expect(await until(() => state(proxy!) === 'up', 12_000)).toBe(true);
    },
  );

  it.each([
    ['local', { 200: 18, 429: 62 }],
    ['open', { 200: 80 }],
    ['closed', { 503: 80 }],
  ] as const)('%s: is what both proxies do when Redis dies', async (setting, expected) => {
    const environment = { RATE_LIMIT_REQUESTS: '20', RATE_LIMIT_ON_REDIS_ERROR: setting, EXPECTED_REPLICAS: '2' };
    const proxies = await pair(environment);
    await Promise.all(proxies.map(counted));
    await redis.kill();
    try {
      expect(await statuses(80, (index) => counted(proxies[index % 2]!))).toEqual(expected);
    } finally {
      await redis.start();
    }
  });

  it('a killed Redis does not fail requests, is reported by /ready, and is used again when it is back', async () => {
    const [proxy] = await pair({ RATE_LIMIT_REQUESTS: '20', EXPECTED_REPLICAS: '2' });
    await counted(proxy!);
    await redis.kill();
    const [status, ms] = await timed(() => counted(proxy!));
    expect(status).toBe(200);
    expect(ms).toBeLessThan(110);
    // Of the share of 10, Redis admitted one request and the local counter another.
    expect(await statuses(40, () => counted(proxy!))).toEqual({ 200: 8, 429: 32 });
    const ready = await ask(`${proxy!.url}/ready`);
    expect([ready.status, ready.text]).toEqual([200, expect.stringContaining('"redis":{"status":"down"')]);
    await redis.start();
    expect(await until(() => state(proxy!) === 'up', 12_000)).toBe(true);
    expect((await counted(proxy!)).headers.get('x-ratelimit-limit-requests')).toBe('20');
    const metrics = await ask(`${proxy!.url}/metrics`);
    expect(metrics.text).toMatch(/llmproxy_redis_errors_total [1-9]/);
    expect(metrics.text).toContain(
      'llmproxy_ratelimit_decisions_total{limit="requests",decision="allowed",backend="redis"}',
    );
  });

  it('the proxy starts without Redis and connects later', async () => {
    await redis.kill();
    const [proxy] = await pair({ RATE_LIMIT_REQUESTS: '20' });
    expect([(await counted(proxy!)).status, state(proxy!)]).toEqual([200, 'down']);
    await redis.start();
    expect(await until(() => state(proxy!) === 'up', 12_000)).toBe(true);
  });
});
