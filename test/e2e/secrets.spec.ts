import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { AskOptions } from '../support/ask.js';
import { ask, scripted } from '../support/ask.js';
import { REDIS_PASSWORD, redisMissing, startRedis } from '../support/redis-server.js';
import type { RedisServer } from '../support/redis-server.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';
import { readSettings } from '#config';

const SECRETS = {
  upstream: 'sk-upstream-canary-0123456789',
  header: 'header-canary-0123456789',
  key: 'proxy-key-canary-0123456789',
  docs: 'docs-password-canary',
  limited: 'limited-key-canary-0123456789',
  wrong: 'wrong-key-canary-0123456789',
  redis: REDIS_PASSWORD,
  prompt: 'prompt-canary-0123456789',
};

let simulator: Simulator;
let proxy: RunningProxy;
let redis: RedisServer | undefined;
let logged = '';
/** Answers, with their headers. */
let answered = '';
const outputs = [process.stdout, process.stderr];
const writes = outputs.map((output) => output.write.bind(output));

beforeAll(async () => {
  simulator = createSimulator({ apiKey: SECRETS.upstream });
  redis = redisMissing ? undefined : await startRedis();
  for (const output of outputs) {
    output.write = (chunk: string | Uint8Array) => {
      logged += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  }
  proxy = await startProxy(await simulator.listen(), {
    OPENAI_API_KEY: SECRETS.upstream,
    UPSTREAM_HEADERS: JSON.stringify({ 'x-canary': SECRETS.header }),
    PROXY_API_KEYS: JSON.stringify([
      { name: 'one', key: SECRETS.key },
      { name: 'two', key: SECRETS.limited, requests_per_minute: 3 },
    ]),
    DOCS_AUTH: `reader:${SECRETS.docs}`,
    RATE_LIMIT_TOKENS_PER_MINUTE: '1000000',
    REDIS_URL: redis?.url ?? `redis://:${REDIS_PASSWORD}@127.0.0.1:1`,
    LOG_LEVEL: 'DEBUG',
    DEBUG: 'true',
  });
});
afterAll(async () => {
  await proxy.close();
  outputs.forEach((output, index) => (output.write = writes[index]!));
  await simulator.close();
  await redis?.kill();
});

async function note(path: string, body?: unknown, options: AskOptions = {}): Promise<number> {
  const { status, text, headers } = await ask(`${proxy.url}${path}`, body, options);
  answered += `${path} ${status}\n${[...headers].join('\n')}\n${text}\n`;
  return status;
}

it(`of the configuration and of clients are in no answer and no line of the log${redisMissing && ` (without Redis: ${redisMissing})`}`, async () => {
  const headers = { authorization: `Bearer ${SECRETS.key}` };
  const messages = [{ role: 'user', content: SECRETS.prompt }];
  for (const path of ['/api/chat', '/v1/chat/completions']) {
    for (const stream of [true, false]) {
      expect(await note(path, { model: 'sim-chat', messages, stream }, { headers })).toBe(200);
      for (const script of [
        { status: 401, error: `Incorrect API key provided: ${SECRETS.upstream}` },
        { status: 400, error: `bad key ${SECRETS.upstream}` },
        { status: 500, error: `failed with ${SECRETS.upstream}` },
        { cut: 'mid-event' },
        { status: 500, error: `failed with ${SECRETS.header}` },
        { errorEvent: `failed with ${SECRETS.upstream} and ${SECRETS.header}` },
        { errorEvent: `failed with ${SECRETS.upstream} and ${SECRETS.header}`, cut: 'mid-event' },
        { malformed: true },
      ]) {
        await note(path, { model: 'sim-chat', messages: [scripted(script)], stream }, { headers }).catch(
          () => undefined,
        );
      }
    }
    expect(await note(path, { model: 'sim-chat', messages })).toBe(401);
    expect(await note(path, { model: 'sim-chat', messages }, { headers: { 'x-api-key': SECRETS.wrong } })).toBe(401);
    expect(await note(path, '{"model":', { headers })).toBe(400);
    expect(await note(path, { model: 'no-such', messages }, { headers })).toBeGreaterThanOrEqual(400);
  }
  await redis?.kill();
  const limited = { headers: { 'x-api-key': SECRETS.limited } };
  for (let count = 0; count < 10; count += 1) await note('/api/show', { model: 'sim-chat' }, limited);
  const basic = Buffer.from(`reader:${SECRETS.docs}`).toString('base64');
  for (const path of ['/docs', '/redoc', '/openapi.json', '/openapi.yaml', '/docs/init.js']) {
    expect(await note(path)).toBe(401);
    expect(await note(path, undefined, { headers: { authorization: `Basic ${basic}` } })).toBe(200);
  }
  for (const path of [
    '/',
    '/health',
    '/ready',
    '/metrics',
    '/v1/metrics',
    '/v1/metrics/summary',
    '/v1/version',
    '/api/version',
  ])
    await note(path, undefined, { headers });
  await wait(100);

  expect(answered).toContain(' 429\n');
  expect(logged).toContain('"msg":"request"');
  expect(logged).toContain('Redis');
  for (const [name, secret] of Object.entries(SECRETS)) {
    expect(logged.includes(secret), `${name} in the log: ${around(logged, secret)}`).toBe(false);
    // The simulator repeats prompts: that is what an answer may hold.
    if (name === 'prompt') continue;
    expect(answered.includes(secret), `${name} in an answer: ${around(answered, secret)}`).toBe(false);
  }
});

it('of the configuration are not in error messages about it', () => {
  const wrong = {
    OPENAI_API_BASE_URL: 'http://localhost',
    OPENAI_API_KEY: `${SECRETS.upstream} with spaces`,
    PROXY_API_KEYS: `bad name:${SECRETS.key},short`,
    REDIS_URL: `http://:${REDIS_PASSWORD}@localhost`,
    UPSTREAM_HEADERS: `{"x": ${SECRETS.header}`,
    DOCS_AUTH: SECRETS.docs,
  };
  let message = '';
  try {
    readSettings(wrong);
  } catch (error) {
    message = (error as Error).message;
  }
  for (const name of Object.keys(wrong).slice(1)) expect(message).toContain(name);
  for (const secret of Object.values(SECRETS)) expect(message).not.toContain(secret);
});

function around(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return at < 0 ? '' : text.slice(Math.max(0, at - 200), at + secret.length + 50);
}
