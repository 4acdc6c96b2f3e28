import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask } from '../support/ask.js';
import { startProxy } from '../support/start-proxy.js';

const TEXT = 'the request came back to this proxy: the base URL of an upstream leads to the proxy itself';
const BODY = { model: 'm', messages: [{ role: 'user', content: 'x' }], stream: false };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A port that leads to another one, as a load balancer or a Service does. */
async function startRelay(): Promise<{ port: number; connections: () => number; leadTo: (port: number) => void }> {
  let target = 0;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const onward = connect(target, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    for (const each of [socket, onward]) each.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    leadTo: (port) => (target = port),
  };
}

describe('a proxy whose upstream is itself', () => {
  it.each([
    ['/api/chat', BODY],
    ['/api/generate', { model: 'm', prompt: 'x', stream: false }],
    ['/api/embed', { model: 'm', input: 'x' }],
    ['/v1/chat/completions', BODY],
    ['/v1/images/generations', { model: 'm', prompt: 'x' }],
  ])('refuses the request of %s when it comes back', { timeout: 20_000 }, async (path, body) => {
    const relay = await startRelay();
    const proxy = await startProxy(`http://127.0.0.1:${relay.port}/v1`);
    closers.push(() => proxy.close());
    relay.leadTo(proxy.port);

    const { status, text } = await ask(proxy.url + path, body);

    expect(status).toBe(502);
    expect(text).toContain(TEXT);
    expect(relay.connections()).toBeLessThan(6);
  });

  it('refuses a loop over two replicas', { timeout: 20_000 }, async () => {
    const [one, other] = [await startRelay(), await startRelay()];
    const first = await startProxy(`http://127.0.0.1:${other.port}/v1`);
    const second = await startProxy(`http://127.0.0.1:${one.port}/v1`);
    closers.push(
      () => first.close(),
      () => second.close(),
    );
    one.leadTo(first.port);
    other.leadTo(second.port);

    const { status, text } = await ask(`${first.url}/v1/images/generations`, { model: 'm', prompt: 'x' });

    expect(status).toBe(502);
    expect(text).toContain(TEXT);
  });

  it('still serves a chain of two proxies', async () => {
    const simulator = createSimulator();
    const inner = await startProxy(await simulator.listen());
    const outer = await startProxy(`${inner.url}/v1`);
    closers.push(
      () => simulator.close(),
      () => inner.close(),
      () => outer.close(),
    );

    const { status } = await ask(`${outer.url}/api/chat`, { ...BODY, model: 'sim-chat' });

    expect(status).toBe(200);
    expect(simulator.requests.at(-1)?.headers.via).toMatch(
      /^1\.1 ollama-openai-proxy-[0-9a-f]{12}, 1\.1 ollama-openai-proxy-[0-9a-f]{12}$/,
    );
  });

  it('accepts requests that came through other proxies', async () => {
    const simulator = createSimulator();
    const proxy = await startProxy(await simulator.listen());
    closers.push(
      () => simulator.close(),
      () => proxy.close(),
    );
    const { status } = await ask(
      `${proxy.url}/api/chat`,
      { ...BODY, model: 'sim-chat' },
      { headers: { via: '1.1 nginx' } },
    );
    expect(status).toBe(200);
    expect(simulator.requests.at(-1)?.headers.via).toMatch(/^1\.1 ollama-openai-proxy-[0-9a-f]{12}$/);
  });
});
