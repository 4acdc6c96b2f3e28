import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted, until } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const KEY = 'sk-very-secret-key-0123456789';
const PROMPT = 'a prompt that nobody else may read';

let simulator: Simulator;
let proxy: RunningProxy;
let logged = '';
const write = process.stdout.write.bind(process.stdout);

beforeAll(async () => {
  simulator = createSimulator({ apiKey: KEY });
  process.stdout.write = (chunk: string | Uint8Array) => {
    logged += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  proxy = await startProxy(await simulator.listen(), { OPENAI_API_KEY: KEY, LOG_LEVEL: 'DEBUG', DEBUG: 'true' });
});
afterAll(async () => {
  process.stdout.write = write;
  await proxy.close();
  await simulator.close();
});

const chat = (
  headers: Record<string, string>,
  body: unknown = { model: 'sim-chat', messages: [{ role: 'user', content: PROMPT }] },
) => ask(`${proxy.url}/api/chat`, body, { headers });

describe('the request id', () => {
  it.each(['x-request-id', 'x-correlation-id'])('is taken from %s, returned, and sent upstream', async (header) => {
    const { headers } = await chat({ [header]: 'trace-1234' });
    expect(headers.get('x-request-id')).toBe('trace-1234');
    expect(headers.get('x-correlation-id')).toBe('trace-1234');
    expect(simulator.requests.at(-1)?.headers['x-request-id']).toBe('trace-1234');
  });

  it.each(['', 'has spaces in it', 'x'.repeat(500), 'quote"me'])(
    'is generated when the client sends %j',
    async (id) => {
      const { headers } = await chat({ 'x-request-id': id });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('is on every response: unknown routes, malformed JSON, failures', async () => {
    for (const seen of [
      await ask(`${proxy.url}/nowhere`),
      await chat({}, '{"model":'),
      await chat({}, { model: 'sim-chat', messages: [scripted({ status: 500, error: 'x' })] }),
    ]) {
      expect(seen.headers.get('x-request-id')).toMatch(/./);
    }
  });

  it('is on every log line of the request', async () => {
    await chat({ 'x-request-id': 'find-me' }, { model: 'sim-chat', messages: [scripted({ errorEvent: 'mid' })] });
    await until(() => logged.includes('"msg":"request"') && logged.includes('find-me'), 1000);
    const lines = logged
      .split('\n')
      .filter((line) => line.includes('find-me'))
      .map((line) => JSON.parse(line) as { msg: string; requestId: string });
    expect(lines.map(({ requestId }) => requestId)).toEqual(lines.map(() => 'find-me'));
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['request', 'request failed']));
    // The status had left before it failed.
    expect(lines.find(({ msg }) => msg === 'request')).toMatchObject({
      status: 200,
      failed: true,
      model: 'sim-chat:latest',
    });
  });

  it('is logged together with the name of the key', async () => {
    const keyed = await startProxy(simulator.url, {
      OPENAI_API_KEY: KEY,
      PROXY_API_KEYS: 'team-a:0123456789-abcdef',
      LOG_LEVEL: 'INFO',
    });
    const headers = { authorization: 'Bearer 0123456789-abcdef', 'x-request-id': 'keyed-request' };
    expect((await ask(`${keyed.url}/api/tags`, undefined, { headers })).status).toBe(200);
    await keyed.close();
    const line = logged.split('\n').find((each) => each.includes('keyed-request'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ msg: 'request', key: 'team-a' });
    expect(logged).not.toContain('0123456789-abcdef');
  });
});

describe('the log', () => {
  it('never holds keys, prompts or images, not even at DEBUG', async () => {
    const image = Buffer.from('\x89PNG some pixels that are nobodys business').toString('base64');
    await chat(
      { authorization: 'Bearer client-key-999' },
      { model: 'sim-vision', messages: [{ role: 'user', content: PROMPT, images: [image] }] },
    );
    await until(() => logged.includes('"msg":"request"'), 500);
    for (const secret of [KEY, PROMPT, image, 'client-key-999']) expect(logged.includes(secret), secret).toBe(false);
  });

  it('shows the structure of requests at DEBUG', () => {
    expect(logged).toContain('"msg":"upstream request"');
  });
});
