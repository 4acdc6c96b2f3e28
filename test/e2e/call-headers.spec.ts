import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const CHAT = { model: 'sim-chat', messages: [{ role: 'user', content: 'Hello.' }], stream: false };
const NAMES = ['x-upstream', 'x-model', 'server-timing', 'x-cost'];

let simulator: Simulator;
let upstream: string;
beforeAll(async () => {
  simulator = createSimulator();
  upstream = await simulator.listen();
});
afterAll(() => simulator.close());

describe('headers that describe the call', () => {
  let proxy: RunningProxy;
  beforeAll(async () => {
    proxy = await startProxy(upstream, {
      RESPONSE_HEADERS: 'upstream, model,timing,cost',
      MODEL_PRICES: '{"sim-*":{"input":1000000,"output":0}}',
    });
  });
  afterAll(() => proxy.close());

  it('are on a whole answer', async () => {
    const { headers, lines } = await ask(`${proxy.url}/api/chat`, CHAT);
    expect(headers.get('x-upstream')).toBe('default');
    expect(headers.get('x-model')).toBe('sim-chat');
    expect(headers.get('server-timing')).toMatch(/^queue;dur=[\d.]+, upstream;dur=[\d.]+, total;dur=[\d.]+$/);
    expect(headers.get('x-cost')).toBe(String((lines[0] as { prompt_eval_count: number }).prompt_eval_count));
  });

  it.each([
    ['/api/chat', { ...CHAT, stream: true }],
    ['/v1/chat/completions', CHAT],
    ['/v1/chat/completions', { ...CHAT, stream: true }],
    ['/api/embed', { model: 'sim-embed', input: 'Hello.' }],
  ])('are on %s %j', async (path, body) => {
    const { headers } = await ask(`${proxy.url}${path}`, body);
    expect(headers.get('x-upstream')).toBe('default');
    expect(headers.get('x-model')).toBe(body.model);
    expect(headers.get('server-timing')).toMatch(/^queue;.*upstream;.*total;/);
  });

  it('are on a failure, and without a call only the time', async () => {
    const failed = await ask(`${proxy.url}/api/chat`, {
      ...CHAT,
      messages: [{ role: 'user', content: '@sim {"status":500}' }],
    });
    expect(failed.status).toBeGreaterThanOrEqual(500);
    expect(failed.headers.get('x-upstream')).toBe('default');
    const { headers } = await ask(`${proxy.url}/api/version`);
    expect(NAMES.filter((name) => headers.has(name))).toEqual(['server-timing']);
  });
});

it('are absent by default', async () => {
  const proxy = await startProxy(upstream);
  const { headers } = await ask(`${proxy.url}/api/chat`, CHAT);
  expect(NAMES.filter((name) => headers.has(name))).toEqual([]);
  await proxy.close();
});
