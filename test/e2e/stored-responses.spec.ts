import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { Seen } from '../support/ask.js';
import { ask, scripted } from '../support/ask.js';
import type { RedisServer } from '../support/redis-server.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

type Fields = Record<string, unknown>;
type Item = Fields & { id: string; type: string };

const PROXY_API_KEYS = 'alice:alice-key-alice-key,mallory:mallory-key-mallory-key';

let simulator: Simulator;
let upstream: string;
beforeAll(async () => {
  simulator = createSimulator({ catalogue: 'plain' });
  upstream = await simulator.listen();
});
afterAll(() => simulator.close());

async function start(environment: Record<string, string> = {}): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, { PROXY_API_KEYS, ...environment });
  onTestFinished(() => proxy.close());
  return proxy;
}

function send(proxy: RunningProxy, path: string, body?: object, caller = 'alice', method?: string): Promise<Seen> {
  const headers = { authorization: `Bearer ${caller}-key-${caller}-key` };
  return ask(`${proxy.url}/v1${path}`, body, { headers, ...(method !== undefined && { method }) });
}

async function create(proxy: RunningProxy, body: object, caller = 'alice') {
  const seen = await send(proxy, '/responses', { model: 'sim-reason', input: 'Hi', ...body }, caller);
  expect(seen.status, seen.text).toBe(200);
  return JSON.parse(seen.text) as { id: string; output: Item[]; store: boolean };
}

function sentMessages(): Fields[] {
  const { body } = simulator.requests.findLast(({ method }) => method === 'POST')!;
  return (body as { messages: Fields[] }).messages;
}

/** Events of a streamed response by type; the data of the last one. */
function events(text: string): { types: string[]; last: Fields & { response: { output: Item[] } } } {
  const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json!) as Fields);
  return { types: data.map(({ type }) => String(type)), last: data.at(-1) as ReturnType<typeof events>['last'] };
}

describe('a stored response', () => {
  it('belongs to its caller', async () => {
    const proxy = await start();
    const { id } = await create(proxy, {});
    const requests = [
      ['GET', `/responses/${id}`],
      ['GET', `/responses/${id}/input_items`],
      ['DELETE', `/responses/${id}`],
    ] as const;
    for (const [method, path] of requests) {
      const seen = await send(proxy, path, undefined, 'mallory', method);
      expect([seen.status, seen.headers.get('x-should-retry')]).toEqual([404, 'false']);
      expect(seen.lines).toMatchObject([{ error: { message: `Response with id '${id}' not found.` } }]);
    }
    const continued = await send(proxy, '/responses', { model: 'sim-chat', previous_response_id: id }, 'mallory');
    expect(continued.status).toBe(400);
    expect((await send(proxy, `/responses/${id}`)).status).toBe(200);
  });

  it.each([
    ['is not there', {}, "Previous response with id 'resp_x' not found."],
    ['cannot be there', { STORED_RESPONSES_TTL: '0' }, /not found: this server stores no responses/],
  ])('that %s is an error that ends the loop of an agent', async (_why, environment, message) => {
    const proxy = await start(environment);
    simulator.reset();
    const seen = await send(proxy, '/responses', { model: 'sim-chat', input: 'Hi', previous_response_id: 'resp_x' });
    expect([seen.status, seen.headers.get('x-should-retry')]).toEqual([400, 'false']);
    expect(seen.lines).toEqual([
      {
        error: {
          message: typeof message === 'string' ? message : expect.stringMatching(message),
          type: 'invalid_request_error',
          param: 'previous_response_id',
          code: 'previous_response_not_found',
        },
      },
    ]);
    expect(simulator.requests.filter(({ path }) => path.includes('chat'))).toEqual([]);
  });

  it('expires', async () => {
    const proxy = await start({ STORED_RESPONSES_TTL: '0.2' });
    const { id, store } = await create(proxy, {});
    expect(store).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await send(proxy, `/responses/${id}`)).status).toBe(404);
  });

  it('is not made from a failed answer, nor from one of megabytes', async () => {
    const proxy = await start({ REQUEST_MAX_SIZE: '20000000' });
    const failed = await send(proxy, '/responses', {
      model: 'sim-chat',
      input: [scripted({ text: 'a b c d e f', errorEvent: 'lost' })],
      stream: true,
    });
    const { types, last } = events(failed.text);
    expect(types.at(-1)).toBe('response.failed');
    expect((await send(proxy, `/responses/${(last.response as unknown as Item).id}`)).status).toBe(404);
    expect((await create(proxy, { input: 'x'.repeat(3_000_000) })).store).toBe(false);
  });
});

describe('a reference to an item', () => {
  it('is resolved, or left out', async () => {
    const proxy = await start();
    const { output } = await create(proxy, { include: ['reasoning.encrypted_content'] });
    const references = output.map(({ id }) => ({ type: 'item_reference', id }));
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
    const input = [
      { role: 'user', content: 'Hi' },
      ...references,
      { type: 'item_reference', id: 'msg_unknown' },
      { id: `rs_${'0'.repeat(24)}0` },
      { role: 'user', content: 'More' },
    ];
    await create(proxy, { input });
    const text = (output[1]!.content as { text: string }[])[0]!.text;
    expect(sentMessages()).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: text },
      { role: 'user', content: 'More' },
    ]);
    await create(proxy, { input }, 'mallory');
    expect(sentMessages()).toEqual([{ role: 'user', content: 'Hi\n\nMore' }]);
  });
});

describe('a request for a compaction', () => {
  const script = scripted({ text: 'Ada lives in Ulm.' });

  it.each([true, false])('is answered by one item that stands for the conversation (streamed: %s)', async (stream) => {
    const proxy = await start();
    const tools = [{ type: 'function', name: 'f', parameters: {} }];
    const input = [
      { role: 'user', content: 'I am Ada.' },
      { role: 'assistant', content: 'Hello.' },
      script,
      { type: 'compaction_trigger' },
    ];
    const seen = await send(proxy, '/responses', { model: 'sim-chat', input, tools, stream });
    expect(seen.status, seen.text).toBe(200);
    if (stream) {
      expect(events(seen.text).types).toEqual([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.output_item.done',
        'response.completed',
      ]);
    }
    const response = stream ? events(seen.text).last.response : (JSON.parse(seen.text) as { output: Item[] });
    expect(response.output).toMatchObject([{ type: 'compaction', encrypted_content: expect.any(String) }]);
    await create(proxy, { input: [...response.output, { role: 'user', content: 'Where?' }] });
    expect(sentMessages()).toEqual([
      { role: 'user', content: 'Summary of the conversation so far:\nAda lives in Ulm.\n\nWhere?' },
    ]);
    await create(proxy, { input: 'Where?', previous_response_id: (response as unknown as Item).id });
    expect(sentMessages()).toEqual([
      { role: 'user', content: 'Summary of the conversation so far:\nAda lives in Ulm.\n\nWhere?' },
    ]);
  });

  it('of another server is missing to the model, and that is shown', async () => {
    const proxy = await start();
    await create(proxy, {
      input: [
        { type: 'compaction', encrypted_content: 'gAAAAAB' },
        { role: 'user', content: 'Where?' },
      ],
    });
    expect(sentMessages()).toEqual([
      { role: 'user', content: expect.stringMatching(/^\[The summary .* cannot be read.*\]\n\nWhere\?$/) },
    ]);
    const headers = { authorization: 'Bearer alice-key-alice-key' };
    const shown = await ask(`${proxy.url}/api/show`, { model: 'sim-reason', verbose: true }, { headers });
    expect(shown.text).toContain('not sent: compaction of another server');
    const metrics = await ask(`${proxy.url}/metrics`, undefined, { headers });
    expect(metrics.text).toContain('llmproxy_unreadable_parts_total{part="compaction"} 1');
  });

  it('fails if there is no summary', async () => {
    const proxy = await start();
    const seen = await send(proxy, '/responses/compact', {
      model: 'sim-chat',
      input: [scripted({ text: ' ' })],
    });
    expect(seen.status).toBe(502);
  });
});

describe.skipIf(redisMissing)(`replicas that share a Redis ${redisMissing}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());

  it('continue, read and delete the responses of each other', async () => {
    const [one, other] = [await start({ REDIS_URL: redis.url }), await start({ REDIS_URL: redis.url })];
    const { id } = await create(one, { input: 'First' });
    await create(other, { input: 'Second', previous_response_id: id });
    expect(sentMessages().map(({ content }) => content)).toEqual(['First', expect.any(String), 'Second']);
    expect((await send(other, `/responses/${id}`)).status).toBe(200);
    expect((await send(other, `/responses/${id}`, undefined, 'alice', 'DELETE')).lines).toEqual([
      { id, object: 'response', deleted: true },
    ]);
    for (const replica of [one, other]) expect((await send(replica, `/responses/${id}`)).status).toBe(404);
    expect((await send(one, '/responses', { model: 'sim-chat', previous_response_id: id })).status).toBe(400);
  });

  it('still have their own while Redis does not answer', async () => {
    const own = await startRedis();
    const proxy = await start({ REDIS_URL: own.url });
    const { id } = await create(proxy, {});
    await own.kill();
    expect((await send(proxy, `/responses/${id}`)).status).toBe(200);
    const next = await create(proxy, { previous_response_id: id });
    expect((await send(proxy, `/responses/${next.id}`)).status).toBe(200);
  });
});
