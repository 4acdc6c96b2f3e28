import { afterEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { Lifecycle } from '../../apps/proxy/src/lifecycle/lifecycle.js';
import { UpstreamRegistry } from '#connections';
import { ask, until } from '../support/ask.js';
import { freePort } from '../support/free-port.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const running: { close(): Promise<void> }[] = [];

async function start(environment: Record<string, string> = {}, upstream?: string): Promise<RunningProxy> {
  let url = upstream;
  if (url === undefined) {
    const simulator = createSimulator();
    running.push(simulator);
    url = await simulator.listen();
  }
  const proxy = await startProxy(url, environment);
  running.unshift(proxy);
  await ask(`${proxy.url}/api/tags`);
  return proxy;
}

afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

describe('GET /health', () => {
  it('reports the state of each upstream without a call', async () => {
    const proxy = await start();
    const simulator = running.at(-1) as Simulator;
    simulator.reset();
    const { status, lines } = await ask(`${proxy.url}/health`);
    expect(status).toBe(200);
    const [upstream] = (lines[0] as unknown as { details: { upstreams: { upstreams: object[] } } }).details.upstreams
      .upstreams;
    expect(upstream).toMatchObject({ name: 'default', reachable: true, breaker: 'closed', running: 0, queued: 0 });
    expect(upstream).toHaveProperty('simulator', true);
    expect(simulator.requests).toEqual([]);
  });

  it('responds with 200 and "degraded" when the upstream is down', async () => {
    const proxy = await start({}, `http://127.0.0.1:${await freePort()}/v1`);
    const { status, lines } = await ask(`${proxy.url}/health`);
    expect(status).toBe(200);
    expect(lines[0]).toMatchObject({ details: { upstreams: { status: 'degraded' } } });
  });

  it('names the host, the last error and its cause', async () => {
    const port = await freePort();
    const proxy = await start({}, `http://127.0.0.1:${port}/v1`);
    const { text } = await ask(`${proxy.url}/health`);
    expect(JSON.parse(text)).toMatchObject({
      details: {
        upstreams: {
          upstreams: [
            {
              host: `127.0.0.1:${port}`,
              reachable: false,
              lastError: {
                message: 'upstream error: the connection was refused',
                cause: `connect ECONNREFUSED 127.0.0.1:${port}`,
                secondsAgo: 0,
              },
            },
          ],
        },
      },
    });
  });

  it('names the variable of a rejected key, and not its value', async () => {
    const simulator = createSimulator({ apiKey: 'right-key-0123456789' });
    running.push(simulator);
    const proxy = await start({ OPENAI_API_KEY: 'wrong-key-0123456789' }, await simulator.listen());
    const { text } = await ask(`${proxy.url}/health`);
    expect(text).toContain('(status 401 of the upstream; check OPENAI_API_KEY)');
    expect(text).not.toContain('wrong-key');
  });

  it('does not report an upstream with configured models as reachable after a refused connection', async () => {
    const upstreams = JSON.stringify([
      { name: 'gpu', base_url: `http://127.0.0.1:${await freePort()}/v1`, models: ['m'] },
    ]);
    const proxy = await start({ UPSTREAMS: upstreams });
    const stateOf = async () => JSON.parse((await ask(`${proxy.url}/health`)).text) as object;
    await ask(`${proxy.url}/api/chat`, { model: 'm', messages: [{ role: 'user', content: 'x' }] });
    expect(await stateOf()).toMatchObject({
      details: { upstreams: { upstreams: [{ name: 'default' }, { name: 'gpu', reachable: false }] } },
    });
  });
});

describe.each(['/ready', '/readyz'])('GET %s', (path) => {
  it('is ready regardless of the upstream', async () => {
    const proxy = await start({}, `http://127.0.0.1:${await freePort()}/v1`);
    const { status, lines } = await ask(proxy.url + path);
    expect(status).toBe(200);
    expect(lines[0]).toMatchObject({ status: 'ready', checks: { upstreams: [{ reachable: false }] } });
  });

  it('depends on the upstream if configured', async () => {
    const environment = { READY_REQUIRES_UPSTREAM: 'true' };
    const dead = await start(environment, `http://127.0.0.1:${await freePort()}/v1`);
    const seen = await ask(dead.url + path);
    expect([seen.status, seen.lines[0]?.status]).toEqual([503, 'no upstream']);
    expect((await ask((await start(environment)).url + path)).status).toBe(200);
  });

  it('notices that an upstream is down, and that it is back without any calls', async () => {
    const port = await freePort();
    const first = createSimulator();
    const url = await first.listen(port);
    const proxy = await start({ READY_REQUIRES_UPSTREAM: 'true', MAX_RETRIES: '0' }, url);
    expect((await ask(proxy.url + path)).status).toBe(200);
    await first.close();
    expect((await ask(`${proxy.url}/api/chat`, { model: 'sim-chat', messages: [] })).status).toBe(200);
    expect((await ask(`${proxy.url}/api/generate`, { model: 'sim-chat', prompt: 'x' })).status).toBe(502);
    // Lost is not stale: nobody has tried to read the list again.
    expect((await ask(`${proxy.url}/api/tags`)).headers.get('x-catalogue-stale')).toBeNull();
    expect((await ask(proxy.url + path)).status).toBe(503);
    const second = createSimulator();
    running.push(second);
    await second.listen(port);
    const isReady = async (): Promise<boolean> => (await ask(proxy.url + path)).status === 200;
    for (let turn = 0; turn < 80 && !(await isReady()); turn += 1) await new Promise((next) => setTimeout(next, 100));
    expect(await isReady()).toBe(true);
  });

  it('is a 503 while the process drains', async () => {
    const proxy = await start();
    proxy.app.get(Lifecycle).drain();
    const { status, lines } = await ask(proxy.url + path);
    expect([status, lines[0]?.status]).toEqual([503, 'draining']);
    expect((await ask(`${proxy.url}/livez`)).status).toBe(200);
  });
});

describe('GET /v1/version', () => {
  it('reports the build', async () => {
    const proxy = await start({ BUILD_COMMIT: 'abc1234', BUILD_TIME: '2026-01-31T12:00:00Z' });
    const { lines } = await ask(`${proxy.url}/v1/version`);
    expect(lines[0]).toMatchObject({ commit: 'abc1234', built: '2026-01-31T12:00:00Z', node: process.versions.node });
    expect(lines[0]!.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is a 404 when it is disabled', async () => {
    const proxy = await start({ VERSION_ENDPOINT_ENABLED: 'false' });
    expect((await ask(`${proxy.url}/v1/version`)).status).toBe(404);
  });
});

describe('HEALTH_PROBE_INTERVAL', () => {
  it('opens the circuit of an upstream that is down, and closes it when it is back', async () => {
    const port = await freePort();
    const first = createSimulator();
    const url = await first.listen(port);
    const proxy = await start({ HEALTH_PROBE_INTERVAL: '0.05', CIRCUIT_BREAKER_ENABLED: 'true' }, url);
    const { gate } = proxy.app.get(UpstreamRegistry, { strict: false }).current.connections[0]!;
    expect(gate.breaker.state).toBe('closed');
    await first.close();
    expect(await until(() => gate.breaker.state === 'open', 5000)).toBe(true);
    const again = createSimulator();
    running.push(again);
    await again.listen(port);
    expect(await until(() => gate.breaker.state === 'closed', 5000)).toBe(true);
  });
});
