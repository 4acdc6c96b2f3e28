import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Script, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

let simulator: Simulator;
let proxy: RunningProxy;

beforeAll(async () => {
  simulator = createSimulator();
  proxy = await startProxy(await simulator.listen(), { REQUEST_TIMEOUT: '0.5', STREAM_IDLE_TIMEOUT: '0.4' });
});
afterAll(async () => {
  await proxy.close();
  await simulator.close();
});

/** What the client sees: a status with an error, an error as the last line, or an answer. */
type Outcome = number | 'error line' | 'done';

interface Fault {
  readonly name: string;
  readonly script: Script;
  readonly streamed: Outcome;
  readonly whole: Outcome;
  readonly says?: RegExp;
}

const FAULTS: readonly Fault[] = [
  { name: 'status 400', script: { status: 400, error: 'bad thing' }, streamed: 400, whole: 400, says: /^bad thing$/ },
  {
    name: 'status 401 for our key',
    script: { status: 401, error: 'wrong key' },
    streamed: 502,
    whole: 502,
    says: /wrong key/,
  },
  { name: 'status 403 for our key', script: { status: 403, error: 'not yours' }, streamed: 502, whole: 502 },
  { name: 'status 402', script: { status: 402, error: 'no credit' }, streamed: 402, whole: 402 },
  { name: 'status 413', script: { status: 413, error: 'too big' }, streamed: 413, whole: 413 },
  { name: 'status 422', script: { status: 422, error: 'bad field' }, streamed: 400, whole: 400 },
  { name: 'status 429', script: { status: 429, error: 'slow down', retryAfter: '7' }, streamed: 429, whole: 429 },
  { name: 'status 500', script: { status: 500, error: 'broken' }, streamed: 500, whole: 500, says: /broken/ },
  { name: 'status 503', script: { status: 503, error: 'loading' }, streamed: 503, whole: 503 },
  {
    name: 'an HTML page',
    script: { status: 502, html: true, error: 'Bad Gateway' },
    streamed: 502,
    whole: 502,
    says: /^[^<>]+$/,
  },
  {
    name: 'an error under status 200',
    script: { error: 'refused after all' },
    streamed: 502,
    whole: 502,
    says: /refused after all/,
  },
  { name: 'silence before the headers', script: { hang: 'before-headers' }, streamed: 504, whole: 504, says: /0\.5 s/ },
  { name: 'silence after the headers', script: { hang: 'after-headers' }, streamed: 504, whole: 504 },
  {
    name: 'silence in the middle',
    script: { hang: 'mid-stream', tokens: 20 },
    streamed: 'error line',
    whole: 504,
    says: /silent|no answer/,
  },
  { name: 'a cut within an event', script: { cut: 'mid-event', tokens: 20 }, streamed: 'error line', whole: 502 },
  { name: 'a cut between events', script: { cut: 'between-events', tokens: 20 }, streamed: 'error line', whole: 502 },
  { name: 'a reset', script: { cut: 'reset', tokens: 20, tokenDelayMs: 5 }, streamed: 'error line', whole: 502 },
  { name: 'an orderly end without the rest', script: { cut: 'clean', tokens: 20 }, streamed: 'error line', whole: 502 },
  {
    name: 'malformed data',
    script: { malformed: true, tokens: 20 },
    streamed: 'error line',
    whole: 502,
    says: /malformed/,
  },
  {
    name: 'an error event',
    script: { errorEvent: 'went wrong', tokens: 20 },
    streamed: 'error line',
    whole: 502,
    says: /went wrong/,
  },
  { name: 'no [DONE]', script: { noDone: true, tokens: 5 }, streamed: 'done', whole: 'done' },
  {
    name: 'no finish reason and no [DONE]',
    script: { noDone: true, noFinish: true, tokens: 5 },
    streamed: 'error line',
    whole: 'done',
  },
  { name: 'no usage', script: { noUsage: true, tokens: 5 }, streamed: 'done', whole: 'done' },
  { name: 'an empty answer', script: { emptyAnswer: true }, streamed: 'done', whole: 'done' },
  {
    name: 'an empty answer without reason',
    script: { emptyAnswer: true, noFinish: true },
    streamed: 502,
    whole: 502,
    says: /empty/,
  },
  { name: 'a JSON answer to a stream request', script: { json: true, tokens: 5 }, streamed: 'done', whole: 'done' },
  { name: 'one to three bytes at a time', script: { dripMs: 0.1, tokens: 5 }, streamed: 'done', whole: 'done' },
  { name: 'a huge answer', script: { hugeBytes: 3_000_000 }, streamed: 'done', whole: 'done' },
  { name: 'a late first token', script: { firstTokenDelayMs: 200, tokens: 3 }, streamed: 'done', whole: 'done' },
  { name: 'late headers', script: { headersDelayMs: 200, tokens: 3 }, streamed: 'done', whole: 'done' },
];

const CASES = FAULTS.flatMap((fault) => [
  { ...fault, stream: true, outcome: fault.streamed },
  { ...fault, stream: false, outcome: fault.whole },
]);

describe("what the client sees of an upstream's fault", () => {
  it.each(CASES)('$name, stream $stream → $outcome', async ({ script, stream, outcome, says }) => {
    const body = { model: 'sim-chat', stream, messages: [scripted(script)] };
    const seen = await ask(`${proxy.url}/api/chat`, body, { signal: AbortSignal.timeout(10_000) });
    const dones = seen.lines.filter(({ done }) => done).length;
    const errors = seen.lines.filter((line) => 'error' in line);
    expect(dones + errors.length, seen.text.slice(0, 200)).toBe(1);
    if (typeof outcome === 'number') {
      expect(seen.status, seen.text.slice(0, 200)).toBe(outcome);
      expect(seen.type).toContain('application/json');
    } else {
      expect(seen.status, seen.text.slice(0, 200)).toBe(200);
      expect(outcome === 'done' ? dones : errors.length).toBe(1);
      expect(seen.lines.at(-1)).toHaveProperty(outcome === 'done' ? 'done' : 'error');
    }
    if (outcome !== 'done') {
      expect(errors[0]?.error).toEqual(expect.stringMatching(/./));
      if (says) expect(errors[0]?.error).toMatch(says);
    }
  });

  it('passes Retry-After on', async () => {
    const seen = await ask(`${proxy.url}/api/chat`, {
      model: 'sim-chat',
      messages: [scripted({ status: 429, error: 'slow down', retryAfter: '7' })],
    });
    expect(seen.headers.get('retry-after')).toBe('7');
  });

  it('reports an unreachable upstream without its address', async () => {
    const lonely = await startProxy('http://127.0.0.1:9/v1');
    const seen = await ask(`${lonely.url}/api/chat`, { model: 'm', messages: [{ role: 'user', content: 'x' }] });
    expect(seen.status).toBe(502);
    expect(seen.lines).toEqual([{ error: 'upstream error: the connection was refused' }]);
    await lonely.close();
  });

  it('retries as often as configured', async () => {
    const stubborn = await startProxy(simulator.url, { MAX_RETRIES: '2' });
    simulator.next({ status: 503, error: 'not yet' });
    simulator.next({ status: 502, error: 'not yet' });
    const seen = await ask(`${stubborn.url}/api/chat`, {
      model: 'sim-chat',
      messages: [{ role: 'user', content: 'x' }],
    });
    expect(seen.lines.at(-1)).toMatchObject({ done: true });
    await stubborn.close();
  });
});

describe('bodies that cannot be read', () => {
  it('refuses one above the limit and names the variable', async () => {
    const small = await startProxy(simulator.url, { REQUEST_MAX_SIZE: '2000' });
    const body = JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'x'.repeat(5000) }] });
    const declared = await ask(`${small.url}/api/chat`, body);
    expect([declared.status, declared.lines[0]?.error]).toEqual([413, expect.stringContaining('REQUEST_MAX_SIZE')]);
    const chunked = await fetch(`${small.url}/api/chat`, {
      method: 'POST',
      duplex: 'half',
      body: new ReadableStream({
        start(controller) {
          for (let sent = 0; sent < 10; sent += 1) controller.enqueue(new TextEncoder().encode('x'.repeat(1000)));
          controller.close();
        },
      }),
    } as RequestInit & { duplex: 'half' });
    expect(chunked.status).toBe(413);
    await small.close();
  });

  it.each([
    ['', 'missing request body'],
    ['{"model":', 'unexpected EOF'],
    ['{model:1}', "invalid character 'm' looking for beginning of object key string"],
    ['[]', 'json: cannot unmarshal array into Go value of type api.ChatRequest'],
  ])('refuses %j', async (body, text) => {
    const seen = await ask(`${proxy.url}/api/chat`, body, { method: 'POST' });
    expect([seen.status, seen.lines]).toEqual([400, [{ error: text }]]);
  });
});
