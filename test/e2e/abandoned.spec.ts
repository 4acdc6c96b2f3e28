import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RateLimits } from '#limits';
import { ModelCatalogue } from '#models';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { Lifecycle } from '../../apps/proxy/src/lifecycle/lifecycle.js';
import { ask, scripted, until } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const SLOW_MS = 30;
const PLACES = 4;

let simulator: Simulator;
let proxy: RunningProxy;
/** How long limits take. */
let slowMs = SLOW_MS;

/** Reservations that were made and not settled. */
let reserved = 0;

/** Limits as slow as a Redis that is far away. */
function slowDown(limits: RateLimits): void {
  const admit = limits.admit.bind(limits);
  const settle = limits.settle.bind(limits);
  limits.admit = async (...about) => {
    await wait(slowMs);
    const result = await admit(...about);
    if (result.reservation) reserved += 1;
    return result;
  };
  limits.settle = async (...about) => {
    reserved -= 1;
    await settle(...about);
  };
}

beforeAll(async () => {
  simulator = createSimulator();
  proxy = await startProxy(await simulator.listen(), {
    RATE_LIMIT_TOKENS_PER_MINUTE: '100000000',
    MAX_CONCURRENT_REQUESTS: String(PLACES),
    QUEUE_TIMEOUT: '2',
  });
  await ask(`${proxy.url}/api/tags`);
  slowDown(proxy.app.get(RateLimits, { strict: false }));
});
afterAll(async () => {
  await proxy.close();
  await simulator.close();
});

/** What is held for requests, all over the proxy. */
function held(): Record<string, number> {
  const [upstream] = proxy.app.get(ModelCatalogue, { strict: false }).state();
  const { running } = proxy.app.get(Lifecycle);
  return { places: upstream!.running, queued: upstream!.queued, requests: running, reserved };
}

const NOTHING = { places: 0, queued: 0, requests: 0, reserved: 0 };

/** Sends a request, or some of it, and leaves after a while. */
async function leaveAfter(text: string, ms: number): Promise<void> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  socket.write(text);
  await wait(ms);
  socket.destroy();
}

const chat = JSON.stringify({
  model: 'sim-chat',
  messages: [scripted({ text: 'word '.repeat(200), tokenDelayMs: 20 })],
});
const post = (path: string, body: string, length = body.length): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;

describe('requests whose clients leave', () => {
  it.each([
    ['chats', post('/api/chat', chat)],
    ['chats below /v1', post('/v1/chat/completions', JSON.stringify({ ...JSON.parse(chat), stream: true }))],
    ['embeddings', post('/api/embed', '{"model":"sim-embed","input":["a","b"]}')],
    ['lists', 'GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['uploads', post('/v1/files', 'x'.repeat(20_000), 1_000_000)],
    ['uploads that have hardly begun', post('/v1/files', 'x', 1_000_000)],
    ['pipelined chats', post('/api/chat', chat).repeat(5)],
    ['uploads behind chats', post('/api/chat', chat) + post('/v1/files', 'x'.repeat(20_000), 1_000_000)],
  ])('leave nothing behind: %s', async (_name, text) => {
    await Promise.all(Array.from({ length: 60 }, (_, index) => leaveAfter(text, 1 + ((index * 7) % (3 * SLOW_MS)))));
    await until(() => JSON.stringify(held()) === JSON.stringify(NOTHING), 3000).catch(() => undefined);
    expect(held()).toEqual(NOTHING);
    const { status } = await ask(`${proxy.url}/api/chat`, {
      model: 'sim-chat',
      messages: [scripted({ text: 'Still here.' })],
    });
    expect(status).toBe(200);
  });

  it('are never sent to the upstream when they left before', async () => {
    simulator.reset();
    // A busy machine notices late that a client has left.
    slowMs = 1000;
    await Promise.all(Array.from({ length: 20 }, () => leaveAfter(post('/api/chat', chat), 200)));
    await wait(slowMs);
    slowMs = SLOW_MS;
    await until(() => JSON.stringify(held()) === JSON.stringify(NOTHING), 3000);
    expect(simulator.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

describe('uploads that drip', () => {
  it('hold no place while they have hardly begun', async () => {
    const sockets = Array.from({ length: 2 * PLACES }, () => connect(proxy.port, '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => undefined).write(post('/v1/files', 'x', 1_000_000));
    await until(() => held().requests === 2 * PLACES, 3000);
    await wait(2 * SLOW_MS);
    expect(held()).toMatchObject({ places: 0, requests: 2 * PLACES });
    const { status } = await ask(`${proxy.url}/api/chat`, {
      model: 'sim-chat',
      messages: [scripted({ text: 'Still here.' })],
    });
    expect(status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await until(() => JSON.stringify(held()) === JSON.stringify(NOTHING), 3000);
  });
});
