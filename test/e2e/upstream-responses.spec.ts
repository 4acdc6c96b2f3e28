import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Seen } from '../support/ask.js';
import { ask } from '../support/ask.js';
import type { RedisServer } from '../support/redis-server.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const KEYS = [
  { name: 'alice', key: 'alice-key-alice-key' },
  { name: 'mallory', key: 'mallory-key-mallory-key' },
  { name: 'few', key: 'few-key-few-key-few', models: ['m'] },
];

type Fields = Record<string, unknown>;

/** An upstream that stores responses under one account, as OpenAI does; what reached it. */
const calls: string[] = [];
const stored = new Map<string, Fields>();
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (piece: Buffer) => (text += piece.toString()));
  request.on('end', () => {
    const path = String(request.url).replace('/v1', '');
    if (path === '/models') {
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'm', object: 'model' }] }));
      return;
    }
    calls.push(`${String(request.method)} ${path} ${text}`);
    response.setHeader('content-type', 'application/json');
    const [, id = ''] = /^\/responses\/([^/]+)/.exec(path) ?? [];
    if (request.method === 'POST' && path === '/responses') {
      const body = JSON.parse(text) as Fields;
      const made = { id: `resp_${stored.size + 1}`, object: 'response', status: 'completed', output: [] as Fields[] };
      made.output.push({ id: `msg_${stored.size + 1}`, type: 'message', role: 'assistant', content: [] });
      stored.set(made.id, made);
      if (body.stream !== true) {
        response.end(JSON.stringify({ metadata: body.metadata, ...made }));
        return;
      }
      response.setHeader('content-type', 'text/event-stream');
      const event = (type: string, fields: object): string =>
        `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
      response.end(
        event('response.created', { response: { ...made, output: [], metadata: body.metadata } }) +
          event('response.output_item.done', { item: made.output[0] }) +
          event('response.completed', { response: made }),
      );
    } else if (stored.has(id)) response.end(JSON.stringify(stored.get(id)));
    else response.writeHead(404).end('{"error":{"message":"not found"}}');
  });
});

let upstream: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
beforeEach(() => calls.splice(0));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function start(environment: Record<string, string> = {}): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, { PROXY_API_KEYS: JSON.stringify(KEYS), ...environment });
  onTestFinished(() => proxy.close());
  return proxy;
}

function send(proxy: RunningProxy, method: string, path: string, body?: object | string, key = 'alice'): Promise<Seen> {
  const { key: secret } = KEYS.find(({ name }) => name === key)!;
  return ask(`${proxy.url}/v1${path}`, body, { method, headers: { authorization: `Bearer ${secret}` } });
}

async function create(proxy: RunningProxy, body: object = {}, key = 'alice'): Promise<{ id: string; item: string }> {
  const { status, text } = await send(proxy, 'POST', '/responses', { model: 'm', input: 'Hi', ...body }, key);
  expect(status, text).toBe(200);
  const [, number = ''] = /"id":"resp_(\d+)"/.exec(text) ?? [];
  return { id: `resp_${number}`, item: `msg_${number}` };
}

describe.each([false, true])('a response that an upstream stores (streamed: %s)', (stream) => {
  it('is that of the key that created it', async () => {
    const proxy = await start();
    const { id, item } = await create(proxy, { stream });
    const next = { model: 'm', input: [{ type: 'item_reference', id: item }], previous_response_id: id };
    expect((await send(proxy, 'GET', `/responses/${id}`)).status).toBe(200);
    expect((await send(proxy, 'GET', `/responses/${id}/input_items?limit=5`)).status).toBe(200);
    expect((await send(proxy, 'POST', `/responses/${id}/cancel`)).status).toBe(200);
    expect((await send(proxy, 'POST', '/responses', next)).status).toBe(200);
    expect((await send(proxy, 'DELETE', `/responses/${id}`)).status).toBe(200);
    calls.splice(0);
    for (const key of ['mallory', 'few']) {
      for (const [method, path] of [
        ['GET', `/responses/${id}`],
        ['GET', `/responses/${id}/input_items`],
        ['GET', '/responses'],
        ['POST', `/responses/${id}/cancel`],
        ['DELETE', `/responses/${id}`],
      ] as const) {
        const seen = await send(proxy, method, path, undefined, key);
        expect([seen.status, seen.headers.get('x-should-retry')], `${key} ${method} ${path}`).toEqual(
          key === 'few' && path === '/responses' ? [403, null] : [404, 'false'],
        );
      }
      for (const [status, body] of [
        [400, { previous_response_id: id }],
        [404, { input: [{ type: 'item_reference', id: item }] }],
        [404, { input: [{ id: item }] }],
        [404, { input: [{ type: null, id: item }] }],
        [404, { input: [{ role: null, id: item }] }],
        [404, { input: [{ type: 'reasoning', id: item, summary: [] }] }],
        [404, { input: [{ type: 'mcp_approval_response', approval_request_id: item, approve: true }] }],
        [404, { input: [{ type: 'image_generation_call', id: item }] }],
        [404, { conversation: 'conv_1' }],
        [404, { conversation: { id: 'conv_1' } }],
      ] as const) {
        const seen = await send(proxy, 'POST', '/responses', { model: 'm', ...body }, key);
        expect([seen.status, seen.headers.get('x-should-retry')], seen.text).toEqual([status, 'false']);
      }
    }
    expect(calls).toEqual([]);
  });

  it('is read and deleted by a key for certain models, if it is its own', async () => {
    const proxy = await start();
    const { id } = await create(proxy, { stream }, 'few');
    expect((await send(proxy, 'GET', `/responses/${id}`, undefined, 'few')).status).toBe(200);
    expect((await send(proxy, 'DELETE', `/responses/${id}`, undefined, 'few')).status).toBe(200);
  });

  it('cannot be claimed by its id in the metadata of another', async () => {
    const proxy = await start();
    const { id } = await create(proxy, { stream });
    await create(proxy, { stream, metadata: { id, response: { id }, object: 'response' } }, 'mallory');
    expect((await send(proxy, 'GET', `/responses/${id}`, undefined, 'mallory')).status).toBe(404);
  });
});

it('an item with content keeps its id for the key that it belongs to, and reaches the upstream without it for others', async () => {
  const proxy = await start();
  const { item } = await create(proxy);
  const input = [
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Ho', annotations: [] }] },
    { type: 'reasoning', summary: [], encrypted_content: 'x' },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: '' },
  ];
  const labelled = input.map((each) => ({ ...each, id: item }));
  for (const [key, expected] of [
    ['alice', labelled],
    ['mallory', input],
  ] as const) {
    calls.splice(0);
    expect((await send(proxy, 'POST', '/responses', { model: 'm', input: labelled }, key)).status).toBe(200);
    const sent = calls.map((call) => JSON.parse(call.replace('POST /responses ', '')) as Fields);
    expect(sent, key).toEqual([{ model: 'm', input: expected }]);
  }
});

it('of a field that is there twice, only what was checked reaches the upstream', async () => {
  const proxy = await start();
  const { id } = await create(proxy);
  calls.splice(0);
  const body = `{"previous_response_id":"${id}","model":"m","input":"Hi","previous_\\u0072esponse_id":null}`;
  expect((await send(proxy, 'POST', '/responses', body, 'mallory')).status).toBe(200);
  expect(calls.map((call) => call.includes(id))).toEqual([false]);
});

it('with one key, all of the account is its own', async () => {
  const [alice] = KEYS;
  const first = await start();
  const { id } = await create(first);
  const proxy = await start({ PROXY_API_KEYS: JSON.stringify([alice]) });
  expect((await send(proxy, 'GET', `/responses/${id}`)).status).toBe(200);
  expect((await send(proxy, 'POST', '/responses', { model: 'm', previous_response_id: id })).status).toBe(200);
});

it('nothing is known with STORED_RESPONSES_TTL=0', async () => {
  const proxy = await start({ STORED_RESPONSES_TTL: '0' });
  const { id } = await create(proxy);
  expect((await send(proxy, 'GET', `/responses/${id}`)).status).toBe(404);
});

describe.skipIf(redisMissing)(`replicas that share a Redis ${redisMissing}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());

  it('know the responses of each other', async () => {
    const [one, other] = [await start({ REDIS_URL: redis.url }), await start({ REDIS_URL: redis.url })];
    const { id } = await create(one);
    expect((await send(other, 'GET', `/responses/${id}`)).status).toBe(200);
    expect((await send(other, 'GET', `/responses/${id}`, undefined, 'mallory')).status).toBe(404);
  });
});
