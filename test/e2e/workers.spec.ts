import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Script, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { Seen } from '../support/ask.js';
import { ask, scripted, until } from '../support/ask.js';
import type { ChildProxy } from '../support/child-proxy.js';
import { startChild } from '../support/child-proxy.js';
import { freePort } from '../support/free-port.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = createSimulator();
  await simulator.listen();
});
beforeEach(() => {
  simulator.reset();
});
afterAll(() => simulator.close());

/** A connection for each request, so that either worker may get it. */
const each = new Agent({ pipelining: 0 });
afterAll(() => each.close());

const calls = () => simulator.requests.filter(({ method }) => method === 'POST');
const get = ({ url }: ChildProxy, path: string, headers: Record<string, string> = {}): Promise<Seen> =>
  ask(`${url}${path}`, undefined, { dispatcher: each, headers });
const chat = ({ url }: ChildProxy, script: Script = { tokens: 3 }, more: object = {}): Promise<Seen> =>
  ask(`${url}/api/chat`, { model: 'sim-chat', messages: [scripted(script)], ...more }, { dispatcher: each });

/** Process ids of workers, in the order in which they began to serve. */
const served = ({ output }: ChildProxy): number[] =>
  [...output().matchAll(/"worker (\d+) is ready"/g)].map(([, pid]) => Number(pid));

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function startTwo(environment: Record<string, string> = {}, nodeArguments: string[] = []): Promise<ChildProxy> {
  const settings = { WORKERS: '2', LOG_LEVEL: 'INFO', ...environment };
  const proxy = await startChild(simulator.url, settings, nodeArguments);
  expect(await until(() => served(proxy).length === 2, 20_000), proxy.output()).toBe(true);
  return proxy;
}

/** One number of a scrape; its labels have to be as they stand there. */
async function metric(proxy: ChildProxy, name: string): Promise<number> {
  const line = (await get(proxy, '/metrics')).text.split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

const CHATS = 'llmproxy_requests_total{api="ollama",operation="chat",model="sim-chat:latest",outcome="ok",code="200"}';

describe('two workers', { timeout: 60_000 }, () => {
  it('share the port, log it once, and count together', async () => {
    const proxy = await startTwo();
    expect(proxy.output().match(/listening on http:\/\/127\.0\.0\.1:\d+.*; 2 workers/g)).toHaveLength(1);
    for (let asked = 0; asked < 20; asked += 1) expect((await chat(proxy)).status).toBe(200);
    // Whichever is asked.
    for (let asked = 0; asked < 4; asked += 1) {
      expect(await metric(proxy, CHATS)).toBe(20);
      expect(
        await metric(
          proxy,
          'llmproxy_request_duration_seconds_count{api="ollama",operation="chat",model="sim-chat:latest",stream="true"}',
        ),
      ).toBe(20);
      expect(await metric(proxy, 'llmproxy_host_cpus')).toBeLessThan(1000);
      const [summary] = (await get(proxy, '/v1/metrics/summary')).lines as { models?: { requests: number }[] }[];
      expect(summary?.models?.[0]?.requests).toBe(20);
    }
    const build = (await get(proxy, '/metrics')).text
      .split('\n')
      .filter((line) => line.startsWith('llmproxy_build_info'));
    expect(build).toEqual([expect.stringMatching(/ 1$/)]);
    const open = await get(proxy, '/metrics', { accept: 'application/openmetrics-text' });
    expect(open.type).toContain('application/openmetrics-text');
    expect(open.text).toMatch(/# TYPE llmproxy_requests counter\n[^]*# EOF\n$/);
  });

  it('a killed worker is replaced; the other continues, and counts are kept', async () => {
    const proxy = await startTwo();
    for (let asked = 0; asked < 10; asked += 1) await chat(proxy);
    expect(await metric(proxy, CHATS)).toBe(10);
    const [victim] = served(proxy);
    const streams = Array.from({ length: 40 }, async (_, at) => {
      await wait(10 * at);
      return chat(proxy, { tokens: 60, tokenDelayMs: 30 }).then(
        ({ lines }) => lines.at(-1)?.done,
        () => 'cut',
      );
    });
    expect(await until(() => calls().length === 50, 5000)).toBe(true);
    process.kill(victim!, 'SIGKILL');
    expect(await until(() => proxy.output().includes(`worker ${victim} exited with SIGKILL`), 5000)).toBe(true);
    for (let asked = 0; asked < 10; asked += 1) expect((await chat(proxy)).lines.at(-1)?.done).toBe(true);
    // Both had some. None ends early and looks complete.
    const ends = await Promise.all(streams);
    const whole = ends.filter((end) => end === true).length;
    expect(ends.filter((end) => end === 'cut')).toHaveLength(40 - whole);
    expect(whole).toBeGreaterThan(0);
    expect(whole).toBeLessThan(40);
    expect(await metric(proxy, CHATS)).toBe(20 + whole);
    expect(await until(() => served(proxy).length === 3, 20_000)).toBe(true);
    for (let asked = 0; asked < 4; asked += 1) expect((await chat(proxy)).lines.at(-1)?.done).toBe(true);
    expect(await metric(proxy, CHATS)).toBe(24 + whole);
    proxy.child.kill('SIGTERM');
    expect(await proxy.exit).toBe(0);
  });

  it('a worker that gets SIGTERM drains and is replaced', async () => {
    const proxy = await startTwo();
    const streams = Array.from({ length: 10 }, () => chat(proxy, { tokens: 30, tokenDelayMs: 30 }));
    expect(await until(() => calls().length === 10, 5000)).toBe(true);
    process.kill(served(proxy)[0]!, 'SIGTERM');
    for (const { lines } of await Promise.all(streams)) expect(lines.at(-1)).toMatchObject({ done: true });
    expect(await until(() => served(proxy).length === 3, 20_000)).toBe(true);
  });

  it('share a limit in memory', async () => {
    const proxy = await startTwo({ RATE_LIMIT_REQUESTS: '10', RATE_LIMIT_TOKENS_PER_MINUTE: '100000' });
    const show = () => ask(`${proxy.url}/api/show`, { model: 'sim-chat' }, { dispatcher: each });
    const seen = await Promise.all(Array.from({ length: 40 }, show));
    const counts = [200, 429].map((wanted) => seen.filter(({ status }) => status === wanted).length);
    expect(counts).toEqual([10, 30]);
  });

  it('share a token limit, corrected to the usage', async () => {
    const proxy = await startTwo({ RATE_LIMIT_TOKENS_PER_MINUTE: '100000' });
    const left = ({ headers }: Seen): number => Number(headers.get('x-ratelimit-remaining-tokens'));
    let used = 0;
    for (let asked = 0; asked < 6; asked += 1) {
      const seen = await chat(proxy, { tokens: 5 }, { options: { num_predict: 4000 } });
      const { prompt_eval_count: input, eval_count: output } = seen.lines.at(-1)!;
      expect(100_000 - left(seen) - used).toBeGreaterThan(4000);
      expect(100_000 - left(seen) - used).toBeLessThan(4100);
      used += Number(input) + Number(output);
      await wait(50);
    }
  });
});

describe.each(['file', 'memory'])('virtual models of two workers, MODEL_STORE=%s', { timeout: 60_000 }, (kind) => {
  const start = (more: Record<string, string> = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'worker-models-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return startTwo({ MODEL_STORE: kind, MODEL_STORE_PATH: folder, ...more });
  };
  const post = ({ url }: ChildProxy, path: string, body: object, method = 'POST') =>
    ask(`${url}${path}`, body, { dispatcher: each, method });
  const create = (proxy: ChildProxy, model: string, system = '') =>
    post(proxy, '/api/create', { model, from: 'sim-chat', system, stream: false });
  const say = (proxy: ChildProxy, model: string) =>
    post(proxy, '/api/chat', { model, messages: [{ role: 'user', content: 'Hi' }], stream: false });
  /** What each of some requests gets, of which both workers have a share. */
  const all = <T>(send: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 20 }, send));

  it('are seen by both, and so are their changes', async () => {
    const proxy = await start();
    expect((await create(proxy, 'shared', 'One.')).status).toBe(200);
    // A new name is found at once.
    expect((await all(() => say(proxy, 'shared'))).map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect((await create(proxy, 'shared', 'Two.')).status).toBe(200);
    const isEverywhere = async (wanted: string): Promise<boolean> => {
      const shown = await all(() => post(proxy, '/api/show', { model: 'shared' }));
      return shown.every(({ status, text }) => (wanted === '' ? status === 404 : text.includes(wanted)));
    };
    // Within a second on a machine that has nothing else to do.
    await vi.waitFor(async () => expect(await isEverywhere('Two.')).toBe(true), { timeout: 10_000, interval: 100 });
    expect((await post(proxy, '/api/delete', { model: 'shared' }, 'DELETE')).status).toBe(200);
    await vi.waitFor(async () => expect(await isEverywhere('')).toBe(true), { timeout: 10_000, interval: 100 });
  });

  it('are all kept when both make them at once, and when a worker is replaced', async () => {
    const proxy = await start({ MODEL_STORE_MAX_MODELS: '60' });
    const names = Array.from({ length: 50 }, (_, index) => `w${index}`);
    const made = await Promise.all(names.map((name) => create(proxy, name)));
    expect(made.filter(({ status }) => status !== 200)).toEqual([]);
    process.kill(served(proxy)[0]!, 'SIGKILL');
    expect(await until(() => served(proxy).length === 3, 20_000)).toBe(true);
    await vi.waitFor(
      async () => {
        for (const { text } of await all(() => get(proxy, '/api/tags'))) {
          const { models } = JSON.parse(text) as { models: { name: string }[] };
          const found = models.map(({ name }) => name).filter((name) => name.startsWith('w'));
          expect(found.toSorted()).toEqual(names.map((name) => `${name}:latest`).toSorted());
        }
      },
      { timeout: 10_000, interval: 100 },
    );
  });

  it('are limited in number for both together', async () => {
    const proxy = await start({ MODEL_STORE_MAX_MODELS: '5' });
    const made: number[] = [];
    for (let index = 0; index < 7; index += 1) made.push((await create(proxy, `m${index}`)).status);
    expect(made).toEqual([200, 200, 200, 200, 200, 507, 507]);
  });
});

describe('the shutdown of two workers', { timeout: 60_000 }, () => {
  it('SIGTERM loses none of 50 streams', async () => {
    const proxy = await startTwo();
    const streams = Array.from({ length: 50 }, () => chat(proxy, { tokens: 40, tokenDelayMs: 50 }));
    expect(await until(() => calls().length === 50, 10_000)).toBe(true);
    proxy.child.kill('SIGTERM');
    await wait(300);
    await expect(get(proxy, '/api/version')).rejects.toThrow();
    for (const { lines } of await Promise.all(streams)) expect(lines.at(-1)).toMatchObject({ done: true });
    expect(await proxy.exit).toBe(0);
    expect(calls().every(({ finished }) => finished)).toBe(true);
    expect(served(proxy).filter(isAlive)).toEqual([]);
  });

  it('a signal to all of them, as from a terminal, counts once', async () => {
    const proxy = await startTwo();
    const streams = Array.from({ length: 10 }, () => chat(proxy, { tokens: 30, tokenDelayMs: 30 }));
    expect(await until(() => calls().length === 10, 5000)).toBe(true);
    for (const pid of [proxy.child.pid!, ...served(proxy)]) process.kill(pid, 'SIGINT');
    for (const { lines } of await Promise.all(streams)) expect(lines.at(-1)).toMatchObject({ done: true });
    expect(await proxy.exit).toBe(0);
  });

  it('a second SIGTERM exits immediately', async () => {
    const proxy = await startTwo();
    const cut = chat(proxy, { tokens: 2000, tokenDelayMs: 20 }).catch(() => 'cut');
    expect(await until(() => calls().length === 1, 3000)).toBe(true);
    proxy.child.kill('SIGTERM');
    await wait(300);
    expect(proxy.child.exitCode).toBeNull();
    const second = performance.now();
    proxy.child.kill('SIGTERM');
    expect(await proxy.exit).toBe(0);
    expect(performance.now() - second).toBeLessThan(500);
    expect(await cut).toBe('cut');
    expect(await until(() => !served(proxy).some(isAlive), 5000)).toBe(true);
  });

  it('killing the primary ends them', async () => {
    const proxy = await startTwo();
    proxy.child.kill('SIGKILL');
    await proxy.exit;
    expect(await until(() => !served(proxy).some(isAlive), 5000)).toBe(true);
  });
});

describe('a start that fails', { timeout: 60_000 }, () => {
  const failing = async (environment: Record<string, string>, nodeArguments: string[] = []): Promise<string> =>
    startChild(simulator.url, { WORKERS: '2', LOG_LEVEL: 'INFO', ...environment }, nodeArguments).then(
      () => 'it has started',
      (error: unknown) => (error as Error).message,
    );

  it('because of its configuration is logged once', async () => {
    const output = await failing({ MAX_RETRIES: 'x' });
    expect(output.match(/MAX_RETRIES/g)).toHaveLength(1);
    expect(output).not.toContain('worker');
  });

  it('because of its port is logged once', async () => {
    const port = await freePort();
    const { createServer } = await import('node:net');
    const tenant = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    onTestFinished(() => void tenant.close());
    const output = await failing({ PROXY_PORT: String(port) });
    expect(output.match(/port \d+ of \S+ is in use/g)).toHaveLength(1);
  });

  /** @param sign before the path in the variable */
  const spoilFile = async (variable: string, sign: string, good: string, bad: string): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'workers-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'file.json');
    writeFileSync(file, good);
    const proxy = await startTwo({ [variable]: sign + file });
    writeFileSync(file, bad);
    expect(await until(() => proxy.output().includes('rejected'), 10_000), proxy.output()).toBe(true);
    process.kill(served(proxy)[0]!, 'SIGKILL');
    expect(await until(() => proxy.output().includes('another one starts in 10000 ms'), 20_000), proxy.output()).toBe(
      true,
    );
    expect((await get(proxy, '/api/version')).status).toBe(200);
    writeFileSync(file, good);
    expect(await until(() => served(proxy).length === 3, 25_000), proxy.output()).toBe(true);
    expect(proxy.child.exitCode).toBeNull();
  };

  it('because its keys or models file became invalid leaves the other worker serving', async () => {
    // At once, since each waits ten seconds.
    await Promise.all([
      spoilFile('PROXY_API_KEYS', '@', '[{"name":"all","key":"key-all-0123456789abcdef"}]', '[{"name":'),
      spoilFile('MODEL_MAPPING_FILE', '', '{"alias":"sim-chat"}', '{"alias":'),
    ]);
  });

  it('repeatedly ends the process with the reason', async () => {
    // What serves first lives; those after it die of a signal at their start.
    const trap = `data:text/javascript,import cluster from 'node:cluster';if ((cluster.worker?.id ?? 0) > 1) process.kill(process.pid, 'SIGKILL')`;
    const proxy = await startChild(simulator.url, { WORKERS: '2', LOG_LEVEL: 'INFO' }, ['--import', trap]);
    const running = chat(proxy, { tokens: 200, tokenDelayMs: 30 });
    expect(await proxy.exit).toBe(1);
    expect((await running).lines.at(-1)?.done).toBe(true);
    expect(proxy.output().match(/another one starts in \d+ ms/g)).toHaveLength(4);
    expect(proxy.output()).toMatch(/"level":60[^\n]*giving up/);
  });
});
