import http from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted, until } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

let simulator: Simulator;
let proxy: RunningProxy;

beforeAll(async () => {
  simulator = createSimulator();
  proxy = await startProxy(await simulator.listen());
  await ask(`${proxy.url}/api/tags`);
});
beforeEach(() => {
  simulator.reset();
});
afterAll(async () => {
  await proxy.close();
  await simulator.close();
});

const lastCall = () => simulator.requests.find(({ method }) => method === 'POST');

/** Sends a chat and leaves `afterMs` later, or as soon as `when` holds. */
async function leave(body: object, when: () => boolean): Promise<void> {
  const controller = new AbortController();
  const answer = ask(`${proxy.url}/api/chat`, { model: 'sim-chat', ...body }, { signal: controller.signal }).catch(
    () => undefined,
  );
  await until(when, 2000);
  controller.abort();
  await answer;
}

describe('a client that disconnects', () => {
  it.each([
    ['while the upstream is silent', { hang: 'before-headers' } as const, true],
    ['after the headers', { hang: 'after-headers' } as const, true],
    ['in the middle of a stream', { tokens: 500, tokenDelayMs: 10 }, true],
    ['while it waits for a whole answer', { hang: 'before-headers' } as const, false],
  ])('%s cancels the upstream call within 100 ms', async (_name, script, stream) => {
    let leftAt = 0;
    const started = performance.now();
    await leave({ messages: [scripted(script)], stream }, () => {
      leftAt = performance.now();
      return lastCall() !== undefined && leftAt - started > 150;
    });
    expect(await until(() => lastCall()?.aborted === true, 100)).toBe(true);
  });
});

describe('a client that does not read', () => {
  it('pauses the upstream instead of growing memory', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    global.gc?.();
    const before = process.memoryUsage();
    const size = 64 * 1024 * 1024;
    const request = http.request(`${proxy.url}/api/chat`, { method: 'POST' });
    request.end(JSON.stringify({ model: 'sim-chat', messages: [scripted({ hugeBytes: size })] }));
    const response = await new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
    response.pause();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    global.gc?.();
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    expect(lastCall()?.finished).toBe(false);
    expect(grown, `${String(grown)} bytes`).toBeLessThan(size / 2);
    request.destroy();
    expect(await until(() => lastCall()?.aborted === true, 500)).toBe(true);
    expect(warnings).toEqual([]);
  });
});

describe('an upstream that stops sending', () => {
  it('loses its connection when the call times out', async () => {
    const impatient = await startProxy(simulator.url, { STREAM_IDLE_TIMEOUT: '0.2' });
    const seen = await ask(`${impatient.url}/api/chat`, {
      model: 'sim-chat',
      messages: [scripted({ hang: 'mid-stream' })],
    });
    expect(seen.lines.at(-1)).toEqual({ error: 'upstream error: the stream was silent for 0.2 s' });
    expect(await until(() => lastCall()?.aborted === true, 100)).toBe(true);
    await impatient.close();
  });

  it('is not awaited for long after its finish reason', async () => {
    const answer = await ask(`${proxy.url}/api/chat`, {
      model: 'sim-chat',
      messages: [scripted({ noDone: true, tokens: 3 })],
    });
    expect(answer.lines.at(-1)).toMatchObject({ done: true });
  });
});
