import { connect } from 'node:net';
import { Agent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Script, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { Seen } from '../support/ask.js';
import { ask, scripted, until } from '../support/ask.js';
import type { ChildProxy } from '../support/child-proxy.js';
import { startChild } from '../support/child-proxy.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = createSimulator();
  await simulator.listen();
});
beforeEach(() => {
  simulator.reset();
});
afterAll(() => simulator.close());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const calls = () => simulator.requests.filter(({ method }) => method === 'POST');
const body = (script: Script, stream = true) => ({ model: 'sim-chat', stream, messages: [scripted(script)] });
const chat = ({ url }: ChildProxy, script: Script, stream = true): Promise<Seen> =>
  ask(`${url}/api/chat`, body(script, stream));

/** A connection that sends nothing until asked to. */
async function openSocket({ port }: ChildProxy) {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, text: () => text };
}

const ENDED = { error: 'the server is shutting down' };

it('a log without a reader does not end the process', { timeout: 60_000 }, async () => {
  const proxy = await startChild(simulator.url, { LOG_LEVEL: 'INFO' });
  proxy.child.stdout!.destroy();
  // The first of them finds the pipe closed.
  for (let round = 0; round < 3; round += 1) {
    expect((await ask(`${proxy.url}/api/version`)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(proxy.child.exitCode).toBeNull();
});

describe('SIGTERM', { timeout: 60_000 }, () => {
  it('loses none of 100 streams that end within the grace period', async () => {
    const proxy = await startChild(simulator.url);
    const streams = Array.from({ length: 100 }, () => chat(proxy, { tokens: 40, tokenDelayMs: 50 }));
    expect(await until(() => calls().length === 100, 10_000)).toBe(true);
    proxy.child.kill('SIGTERM');
    for (const { lines } of await Promise.all(streams)) {
      expect(lines.at(-1)).toMatchObject({ done: true });
      expect(lines.at(-1)).not.toHaveProperty('error');
    }
    expect(await proxy.exit).toBe(0);
    expect(calls().every(({ finished }) => finished)).toBe(true);
  });

  it('serves requests during the linger time on old and new connections, and closes each after its response', async () => {
    const proxy = await startChild(simulator.url, { SHUTDOWN_LINGER_SECONDS: '1' });
    const running = chat(proxy, { tokens: 40, tokenDelayMs: 50 });
    const kept = new Agent({ connections: 1, keepAliveTimeout: 30_000 });
    const before = await ask(`${proxy.url}/api/version`, undefined, { dispatcher: kept });
    expect(before.headers.get('connection')).toBe('keep-alive');
    proxy.child.kill('SIGTERM');
    await pause(300);
    for (const options of [{ dispatcher: kept }, {}]) {
      const late = await ask(`${proxy.url}/api/version`, undefined, options);
      expect([late.status, late.headers.get('connection')]).toEqual([200, 'close']);
    }
    const lateChat = await chat(proxy, { tokens: 3 });
    expect([lateChat.lines.at(-1)?.done, lateChat.headers.get('connection')]).toEqual([true, 'close']);
    await pause(1000);
    await expect(ask(`${proxy.url}/api/version`)).rejects.toThrow();
    expect((await running).lines.at(-1)).toMatchObject({ done: true });
    expect(await proxy.exit).toBe(0);
    await kept.close();
  });

  it('fails the readiness probe immediately, and not the liveness probe', async (context) => {
    const proxy = await startChild(simulator.url, { SHUTDOWN_LINGER_SECONDS: '1' });
    const ready = await ask(`${proxy.url}/readyz`);
    if (ready.status === 404) context.skip('there is no /readyz');
    expect(ready.status).toBe(200);
    const running = chat(proxy, { tokens: 20, tokenDelayMs: 50 });
    await until(() => calls().length === 1, 3000);
    proxy.child.kill('SIGTERM');
    await pause(200);
    expect((await ask(`${proxy.url}/readyz`)).status).toBe(503);
    expect((await ask(`${proxy.url}/livez`)).status).toBe(200);
    expect((await running).lines.at(-1)).toMatchObject({ done: true });
    expect(await proxy.exit).toBe(0);
  });

  it('ends requests that exceed the grace period with an error in the format of their API', async () => {
    const proxy = await startChild(simulator.url, { SHUTDOWN_GRACE_SECONDS: '1.5', LOG_LEVEL: 'WARNING' });
    const long = { tokens: 2000, tokenDelayMs: 20 };
    const messages = [scripted(long)];
    const waiting = { hang: 'before-headers' } as const;
    const asked = [
      chat(proxy, long),
      ask(`${proxy.url}/api/generate`, { model: 'sim-chat', prompt: scripted(long).content }),
      ask(`${proxy.url}/v1/chat/completions`, { model: 'sim-chat', stream: true, messages }),
      chat(proxy, long, false),
      chat(proxy, waiting),
      ask(`${proxy.url}/v1/chat/completions`, body(waiting, false)),
    ];
    expect(await until(() => calls().length === asked.length, 5000)).toBe(true);
    const upload = await openSocket(proxy);
    upload.socket.write('POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{"model"');
    const signalled = performance.now();
    proxy.child.kill('SIGTERM');
    const [ndjson, generate, sse, whole, unanswered, openAi] = await Promise.all(asked);

    for (const stream of [ndjson, generate]) {
      expect(stream?.status).toBe(200);
      expect(stream?.lines.length).toBeGreaterThan(10);
      expect(stream?.lines.at(-1)).toEqual(ENDED);
      expect(stream?.lines.some(({ done }) => done)).toBe(false);
    }
    const openAiError = { error: { message: ENDED.error, type: 'api_error', param: null, code: null } };
    expect(JSON.parse(/data: (.*)\n\n$/.exec(sse!.text)![1]!)).toEqual(openAiError);
    expect(sse?.text).not.toContain('[DONE]');
    for (const answer of [whole, unanswered]) {
      expect([answer?.status, answer?.lines]).toEqual([503, [ENDED]]);
      expect(answer?.headers.get('retry-after')).toBe('1');
    }
    expect([openAi?.status, openAi?.lines]).toEqual([503, [openAiError]]);
    await until(() => upload.socket.closed, 2000);
    expect(upload.text()).toMatch(/^HTTP\/1\.1 503 /);
    expect(upload.text()).toContain(JSON.stringify(openAiError));

    expect(await proxy.exit).toBe(0);
    const took = performance.now() - signalled;
    expect(took).toBeGreaterThan(1400);
    expect(took).toBeLessThan(4500);
    // The number may never be scraped, so the log has it: these six and the upload.
    expect(proxy.output()).toMatch(/"level":40,.*"cut":7,.*"msg":"requests aborted: SHUTDOWN_GRACE_SECONDS elapsed"/);
    expect(await until(() => calls().every(({ aborted }) => aborted), 500)).toBe(true);
  });

  it('does not wait for a client that does not read', async () => {
    const proxy = await startChild(simulator.url, { SHUTDOWN_GRACE_SECONDS: '0.5', SHUTDOWN_LINGER_SECONDS: '0' });
    const { socket } = await openSocket(proxy);
    const text = JSON.stringify(body({ hugeBytes: 64 * 1024 * 1024 }));
    socket.pause();
    socket.write(
      `POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
    expect(await until(() => calls().length === 1, 3000)).toBe(true);
    const signalled = performance.now();
    proxy.child.kill('SIGTERM');
    expect(await proxy.exit).toBe(0);
    expect(performance.now() - signalled).toBeLessThan(4000);
    socket.destroy();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('does not wait for idle connections on %s', async (signal) => {
    const proxy = await startChild(simulator.url, { SHUTDOWN_LINGER_SECONDS: '1' });
    const { socket } = await openSocket(proxy);
    const kept = new Agent({ keepAliveTimeout: 60_000 });
    await ask(`${proxy.url}/api/version`, undefined, { dispatcher: kept });
    const signalled = performance.now();
    proxy.child.kill(signal);
    expect(await proxy.exit).toBe(0);
    // A terminal is not kept waiting; a load balancer gets its second.
    const took = performance.now() - signalled;
    if (signal === 'SIGINT') expect(took).toBeLessThan(900);
    else expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(3000);
    socket.destroy();
    await kept.close();
  });

  it('is immediate when there are no connections', async () => {
    const proxy = await startChild(simulator.url, { SHUTDOWN_LINGER_SECONDS: '30' });
    const signalled = performance.now();
    proxy.child.kill('SIGTERM');
    expect(await proxy.exit).toBe(0);
    expect(performance.now() - signalled).toBeLessThan(1000);
  });

  it('a second time exits immediately', async () => {
    const proxy = await startChild(simulator.url);
    const running = chat(proxy, { tokens: 2000, tokenDelayMs: 20 }).catch(() => 'cut');
    expect(await until(() => calls().length === 1, 3000)).toBe(true);
    proxy.child.kill('SIGTERM');
    await pause(300);
    expect(proxy.child.exitCode).toBeNull();
    const second = performance.now();
    proxy.child.kill('SIGTERM');
    expect(await proxy.exit).toBe(0);
    expect(performance.now() - second).toBeLessThan(500);
    expect(await running).toBe('cut');
  });
});

describe('an uncaught error', { timeout: 60_000 }, () => {
  const SECRET = 'sk-abcdefghijklmnop';
  /** Put together at run time, since a stack names the script. */
  const BOOM = `new Error('boom sk' + '-abcdefghijklmnop')`;

  it.each([
    ['thrown', `throw ${BOOM}`],
    ['a rejection', `Promise.reject(${BOOM})`],
    ['thrown again and again', `setInterval(() => { throw ${BOOM} }, 50)`],
    ['no Error', `throw { secret: '${SECRET}' }`],
  ])('%s: is logged once, responses drain, exit code 1', async (_name, code) => {
    const trap = `data:text/javascript,process.on('SIGUSR2', () => { ${encodeURIComponent(code)} })`;
    const proxy = await startChild(simulator.url, {}, ['--import', trap]);
    const short = chat(proxy, { tokens: 30, tokenDelayMs: 20 });
    const long = chat(proxy, { tokens: 2000, tokenDelayMs: 20 });
    expect(await until(() => calls().length === 2, 5000)).toBe(true);
    const begun = performance.now();
    proxy.child.kill('SIGUSR2');
    expect((await short).lines.at(-1)).toMatchObject({ done: true });
    expect((await long).lines.at(-1)).toEqual(ENDED);
    expect(await proxy.exit).toBe(1);
    expect(performance.now() - begun).toBeLessThan(6000);

    const fatal = proxy
      .output()
      .split('\n')
      .filter((line) => line.includes('uncaught error'));
    expect(fatal).toHaveLength(1);
    const { level, stacks } = JSON.parse(fatal[0]!) as { level: number; stacks: string[] };
    expect(level).toBe(60);
    expect(stacks[0]).toMatch(code.includes('Error') ? /boom sk-\*\*\*\n\s+at / : /^not an Error but object$/);
    expect(proxy.output()).not.toContain(SECRET);
  });
});
