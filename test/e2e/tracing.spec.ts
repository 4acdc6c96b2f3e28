import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted, until } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

interface Attribute {
  key: string;
  value: {
    stringValue?: string;
    intValue?: number | string;
    doubleValue?: number;
    boolValue?: boolean;
    arrayValue?: { values: { stringValue: string }[] };
  };
}
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  status: { code?: number };
}
interface Delivery {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[];
}

const SERVER = 2;
const CLIENT = 3;
const CALLER = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };

let simulator: Simulator;
let collector: Server;
let proxy: RunningProxy;
let model: string;
let upstream: string;
const deliveries: Delivery[] = [];

const spans = (): Span[] =>
  deliveries.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans)),
  );
const valueOf = ({ attributes }: Span, key: string): unknown =>
  Object.values(attributes.find((each) => each.key === key)?.value ?? {})[0];

beforeAll(async () => {
  collector = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      deliveries.push(JSON.parse(text) as Delivery);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  // The exporter reads the environment of its process.
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  vi.stubEnv('OTEL_SERVICE_NAME', 'traced');
  simulator = createSimulator();
  upstream = await simulator.listen();
  proxy = await startProxy(upstream, {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '20',
  });
  const { lines } = await ask(`${proxy.url}/api/tags`);
  model = (lines[0] as unknown as { models: { name: string }[] }).models[0]!.name;
  await until(() => spans().length > 0, 5000);
});
beforeEach(() => {
  deliveries.length = 0;
  simulator.reset();
});
afterAll(async () => {
  await proxy.close();
  await simulator.close();
  vi.unstubAllEnvs();
  await new Promise((resolve) => collector.close(resolve));
});

it("a streamed chat has a span and a child span for its attempt, in the caller's trace", async () => {
  const { lines } = await ask(
    `${proxy.url}/api/chat`,
    { model, messages: [scripted({ tokens: 12 }, 'a secret question')] },
    { headers: { traceparent: `00-${CALLER.trace}-${CALLER.span}-01`, tracestate: 'vendor=1' } },
  );
  expect(await until(() => spans().length >= 2, 5000)).toBe(true);
  const server = spans().find(({ kind }) => kind === SERVER)!;
  const call = spans().find(({ kind }) => kind === CLIENT)!;
  expect(server).toMatchObject({ name: 'POST /api/chat', traceId: CALLER.trace, parentSpanId: CALLER.span });
  expect(call).toMatchObject({ name: `chat ${model}`, traceId: CALLER.trace, parentSpanId: server.spanId });
  expect(valueOf(server, 'http.response.status_code')).toBe(200);
  const last = lines.at(-1)!;
  expect(valueOf(call, 'gen_ai.usage.input_tokens')).toBe(last.prompt_eval_count);
  expect(valueOf(call, 'gen_ai.usage.output_tokens')).toBe(last.eval_count);
  expect(valueOf(call, 'gen_ai.request.stream')).toBe(true);
  expect(valueOf(call, 'gen_ai.provider.name')).toBe('openai');
  expect(valueOf(call, 'server.address')).toBe('127.0.0.1');
  expect(valueOf(call, 'server.port')).toBeGreaterThan(0);
  expect(BigInt(call.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(server.startTimeUnixNano));
  expect(BigInt(call.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(server.endTimeUnixNano));
  // The upstream receives the span of its attempt.
  const sent = simulator.requests.findLast(({ method }) => method === 'POST')!.headers;
  expect(sent.traceparent).toBe(`00-${CALLER.trace}-${call.spanId}-01`);
  expect(sent.tracestate).toBe('vendor=1');
  expect(JSON.stringify(deliveries)).not.toContain('secret question');
  expect(JSON.stringify(deliveries[0]!.resourceSpans[0]!.resource)).toContain('"traced"');
});

it('a trace starts without a caller, and failures are recorded by name', async () => {
  await ask(`${proxy.url}/v1/chat/completions`, { model, messages: [scripted({ status: 500 })] });
  expect(await until(() => spans().length >= 2, 5000)).toBe(true);
  for (const span of spans()) {
    expect(span.status.code).toBe(2);
    expect(valueOf(span, 'error.type')).toBe('UpstreamError');
  }
  expect(spans().find(({ kind }) => kind === SERVER)!.parentSpanId).toBeUndefined();
});

it.each([
  ['/api/chat', true, {}, 'stop'],
  ['/api/chat', false, { finish: 'length' }, 'length'],
  ['/v1/chat/completions', true, {}, 'stop'],
  ['/v1/chat/completions', false, { finish: 'length' }, 'length'],
  ['/v1/chat/completions', false, { tokens: 4000 }, 'stop'],
] as const)("%s (stream: %s) records the response's model and finish reason", async (path, stream, script, reason) => {
  await ask(`${proxy.url}${path}`, { model, stream, messages: [scripted(script)] });
  expect(await until(() => spans().length >= 2, 5000)).toBe(true);
  const call = spans().find(({ kind }) => kind === CLIENT)!;
  expect(valueOf(call, 'gen_ai.response.finish_reasons')).toEqual({ values: [{ stringValue: reason }] });
  expect(valueOf(call, 'gen_ai.response.model')).toBe(model.replace(':latest', ''));
});

describe('a retried call', () => {
  let second: Simulator;
  let pair: RunningProxy;
  beforeAll(async () => {
    second = createSimulator();
    pair = await startProxy(upstream, {
      OTEL_EXPORTER_OTLP_ENDPOINT: process.env.OTEL_EXPORTER_OTLP_ENDPOINT!,
      OTEL_BSP_SCHEDULE_DELAY: '20',
      MAX_RETRIES: '1',
      UPSTREAMS: JSON.stringify([{ name: 'second', base_url: await second.listen(), priority: 1 }]),
    });
    await ask(`${pair.url}/api/tags`);
  });
  afterAll(async () => {
    await pair.close();
    await second.close();
  });

  /** The calls of one request, in the order in which they were made. */
  async function callsOf(url: string, path: string): Promise<Span[]> {
    // A trace of its own: spans of earlier requests may still be on their way.
    const traceId = randomBytes(16).toString('hex');
    const own = () => spans().filter((span) => span.traceId === traceId);
    await ask(
      `${url}${path}`,
      { model, stream: true, messages: [scripted({ tokens: 5 })] },
      { headers: { traceparent: `00-${traceId}-${CALLER.span}-01` } },
    );
    expect(await until(() => own().some(({ kind }) => kind === SERVER), 5000)).toBe(true);
    const server = own().find(({ kind }) => kind === SERVER)!;
    const calls = own().filter(({ kind }) => kind === CLIENT);
    for (const { parentSpanId } of calls) expect(parentSpanId).toBe(server.spanId);
    return calls.toSorted((left, right) => Number(BigInt(left.startTimeUnixNano) - BigInt(right.startTimeUnixNano)));
  }
  const traceParentsOf = ({ requests }: Simulator): unknown[] =>
    requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers.traceparent);

  it.each(['/api/chat', '/v1/chat/completions'])('%s has a span for each attempt at another upstream', async (path) => {
    simulator.next({ status: 500 });
    const [failed, good, ...more] = await callsOf(pair.url, path);
    expect(more).toEqual([]);
    expect([valueOf(failed!, 'llmproxy.upstream'), valueOf(good!, 'llmproxy.upstream')]).toEqual(['default', 'second']);
    expect([failed!.status.code, valueOf(failed!, 'error.type')]).toEqual([2, 'UpstreamError']);
    expect(valueOf(failed!, 'http.response.status_code')).toBe(500);
    expect(valueOf(failed!, 'http.request.resend_count')).toBeUndefined();
    expect(valueOf(failed!, 'gen_ai.response.finish_reasons')).toBeUndefined();
    expect(good!.status.code).not.toBe(2);
    expect(valueOf(good!, 'http.request.resend_count')).toBe(1);
    expect(valueOf(good!, 'gen_ai.response.finish_reasons')).toBeDefined();
    expect(BigInt(failed!.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(good!.startTimeUnixNano));
    // Each upstream receives the span of its own attempt.
    expect(traceParentsOf(simulator)).toEqual([`00-${failed!.traceId}-${failed!.spanId}-01`]);
    expect(traceParentsOf(second).at(-1)).toBe(`00-${good!.traceId}-${good!.spanId}-01`);
  });

  it('has a span for each attempt at the same upstream', async () => {
    const only = await startProxy(upstream, {
      OTEL_EXPORTER_OTLP_ENDPOINT: process.env.OTEL_EXPORTER_OTLP_ENDPOINT!,
      OTEL_BSP_SCHEDULE_DELAY: '20',
      MAX_RETRIES: '2',
    });
    onTestFinished(() => only.close());
    simulator.next({ status: 503 });
    simulator.next({ status: 503 });
    const calls = await callsOf(only.url, '/api/chat');
    expect(calls.map((call) => valueOf(call, 'http.request.resend_count'))).toEqual([undefined, 1, 2]);
    expect(traceParentsOf(simulator)).toEqual(calls.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`));
  });
});

it("a caller's decision not to sample is kept and sent upstream", async () => {
  await ask(
    `${proxy.url}/api/chat`,
    { model, messages: [{ role: 'user', content: 'x' }] },
    { headers: { traceparent: `00-${CALLER.trace}-${CALLER.span}-00` } },
  );
  expect(await until(() => spans().length > 0, 200)).toBe(false);
  const sent = simulator.requests.findLast(({ method }) => method === 'POST')!.headers;
  expect(sent.traceparent).toMatch(new RegExp(`^00-${CALLER.trace}-[0-9a-f]{16}-00$`));
});
