import { describe, expect, it, onTestFinished } from 'vitest';
import type { Script, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { Seen } from '../support/ask.js';
import { ask, until } from '../support/ask.js';
import { startProxy } from '../support/start-proxy.js';

const OLLAMA_BUSY = 'server busy, please try again.  maximum pending requests exceeded';

interface World {
  readonly first: Simulator;
  readonly second: Simulator;
  readonly url: string;
  readonly chat: (more?: object, signal?: AbortSignal) => Promise<Seen>;
}

/** A proxy with two upstreams, the first preferred; both list the same models. */
async function start(environment: Record<string, string> = {}, alone = false): Promise<World> {
  const [first, second] = [createSimulator({}), createSimulator({})];
  const urls = [await first.listen(), await second.listen()];
  const proxy = await startProxy(urls[0]!, {
    ...(!alone && { UPSTREAMS: JSON.stringify([{ name: 'second', base_url: urls[1], priority: 1 }]) }),
    ...environment,
  });
  onTestFinished(async () => {
    await proxy.close();
    await Promise.all([first.close(), second.close()]);
  });
  await ask(`${proxy.url}/api/tags`);
  const chat = (more: object = {}, signal?: AbortSignal): Promise<Seen> =>
    ask(
      `${proxy.url}/api/chat`,
      { model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }], ...more },
      signal && { signal },
    );
  return { first, second, url: proxy.url, chat };
}

const chats = ({ requests }: Simulator): number => requests.filter(({ method }) => method === 'POST').length;

describe('an upstream that fails before the first byte', () => {
  it.each<[string, Script]>([
    ['with 503', { status: 503 }],
    ['with 500', { status: 500 }],
    ['with 429', { status: 429, retryAfter: 30 }],
    ['with silence', { hang: 'before-headers' }],
    ['with silence after its head', { hang: 'after-headers' }],
    ['by being lost after its head', { firstTokenDelayMs: 100, cut: 'reset', after: 0 }],
  ])('%s is invisible to the client: the next upstream serves the request', async (_how, script) => {
    const { first, second, chat } = await start({ REQUEST_TIMEOUT: '0.3' });
    first.next(script);
    const seen = await chat();
    expect([seen.status, seen.lines.at(-1)?.done], seen.text).toEqual([200, true]);
    expect([chats(first), chats(second)]).toEqual([1, 1]);
  });

  it('and has gone away is invisible to the client', async () => {
    const { first, chat } = await start();
    await first.close();
    const seen = await Promise.all(Array.from({ length: 20 }, () => chat()));
    expect(seen.map(({ status, lines }) => [status, lines.at(-1)?.done])).toEqual(Array(20).fill([200, true]));
  });
});

describe('an upstream that fails after the first byte', () => {
  it('ends the stream with one error line and without failover', async () => {
    const { first, second, chat } = await start();
    first.next({ cut: 'reset', tokens: 20, tokenDelayMs: 5 });
    const { lines } = await chat();
    expect(lines.filter(({ done }) => done)).toHaveLength(0);
    expect(lines.filter((line) => 'error' in line)).toHaveLength(1);
    expect(chats(second)).toBe(0);
  });
});

describe('a DELETE', () => {
  it.each([
    ['is refused', { status: 404 }],
    ['is overloaded', { status: 503 }],
    ['loses the response', { cut: 'reset' }],
  ] as const)('is sent once, to one upstream, if that %s', async (_how, script) => {
    const { first, second, url } = await start({ V1_PASSED_PATHS: 'files', MAX_RETRIES: '2' });
    first.next(script);

    const { status } = await ask(`${url}/v1/files/file-1`, undefined, { method: 'DELETE' });

    expect(status).toBeGreaterThanOrEqual(400);
    const deletes = ({ requests }: Simulator) => requests.filter(({ method }) => method === 'DELETE').length;
    expect([deletes(first), deletes(second)]).toEqual([1, 0]);
  });
});

describe('an upstream that keeps failing', () => {
  it('is a 503 with Retry-After if there is no other upstream', async () => {
    const { first, chat } = await start({ CIRCUIT_BREAKER_ENABLED: 'true' }, true);
    for (let count = 0; count < 10; count += 1) first.next({ status: 500 });
    for (let count = 0; count < 10; count += 1) expect((await chat()).status).toBe(500);
    const seen = await chat();
    expect([seen.status, seen.headers.get('retry-after')]).toEqual([503, '10']);
    expect(seen.text).toContain('circuit open');
    expect(chats(first)).toBe(10);
  });

  it.each<[string, Script]>([
    ['refuses what was asked', { status: 400 }],
    ['is at its limit', { status: 429 }],
  ])('is not an upstream that %s', async (_what, script) => {
    const { first, chat } = await start({ CIRCUIT_BREAKER_ENABLED: 'true' }, true);
    for (let count = 0; count < 15; count += 1) {
      first.next(script);
      await chat();
    }
    expect((await chat()).status).toBe(200);
  });
});

describe('the timeout of the whole call', () => {
  it('is an error status before the first byte and an error line after it', async () => {
    const { first, second, chat } = await start({ TOTAL_TIMEOUT: '0.4' });
    first.next({ hang: 'before-headers' });
    const early = await chat({ stream: false });
    expect([early.status, early.text]).toEqual([504, '{"error":"upstream error: not done within 0.4 s"}']);
    expect(chats(second)).toBe(0);
    first.next({ tokens: 100, tokenDelayMs: 20 });
    const { lines } = await chat();
    expect(lines.at(-1)?.error).toBe('upstream error: not done within 0.4 s');
  });
});

describe('calls above the concurrency limit', () => {
  const limits = { MAX_CONCURRENT_REQUESTS: '1', MAX_QUEUED_REQUESTS: '1' };

  it('wait, and get a 503 as from Ollama on both APIs when the queue is full', async () => {
    const { first, url, chat } = await start(limits, true);
    first.next({ tokens: 20, tokenDelayMs: 30 });
    const running = chat();
    await until(() => chats(first) === 1, 1000);
    const waiting = chat();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const refused = await chat();
    expect([refused.status, JSON.parse(refused.text)]).toEqual([503, { error: OLLAMA_BUSY }]);
    expect(refused.headers.get('retry-after')).toBe('1');
    const other = await ask(`${url}/v1/chat/completions`, { model: 'sim-chat', messages: [] });
    expect([other.status, (JSON.parse(other.text) as { error: { message: string } }).error.message]).toEqual([
      503,
      OLLAMA_BUSY,
    ]);
    expect((await running).lines.at(-1)?.done).toBe(true);
    expect((await waiting).lines.at(-1)?.done).toBe(true);
  });

  it('free their place in the queue when the client disconnects', async () => {
    const { first, chat } = await start(limits, true);
    first.next({ tokens: 20, tokenDelayMs: 30 });
    const running = chat();
    await until(() => chats(first) === 1, 1000);
    const controller = new AbortController();
    const leaving = chat({}, controller.signal).catch(() => 'left');
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    expect(await leaving).toBe('left');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await chat()).lines.at(-1)?.done).toBe(true);
    await running;
    expect(chats(first)).toBe(2);
  });
});
