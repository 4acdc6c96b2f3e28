import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, it, describe, beforeAll, afterAll, onTestFinished } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { Seen } from '../support/ask.js';
import { ask } from '../support/ask.js';
import { startChild } from '../support/child-proxy.js';
import { withProxy } from '../support/with-proxy.js';

/** The error of a response in the format of its API: its text, and its type where there is one. */
const READERS: Record<string, (body: Record<string, unknown>) => unknown> = {
  '/api': ({ error }) => [error],
  '/v1': ({ error }) => [(error as Record<string, unknown>).message, (error as Record<string, unknown>).type],
  '/v1/messages': ({ type, error }) => {
    expect(type).toBe('error');
    return [(error as Record<string, unknown>).message, (error as Record<string, unknown>).type];
  },
};

function errorOf(path: string, { text, type, status }: Seen): unknown[] {
  expect(type, text).toMatch(/^application\/json/);
  const read = READERS[path] ?? READERS[path.startsWith('/v1') ? '/v1' : '/api']!;
  return [status, ...(read(JSON.parse(text) as Record<string, unknown>) as unknown[])];
}

/** Bodies of one field more than a request needs, which makes it valid JSON beyond a limit. */
const BEYOND: [string, string, RegExp][] = [
  ['values', `[${'{},'.repeat(60_000)}{}]`, /^the JSON has too many values: the limit is 60000 objects/],
  ['numbers', `[${'0,'.repeat(1_100_000)}0]`, /^the JSON has too many values/],
  ['nesting', `${'['.repeat(600)}${']'.repeat(600)}`, /^the JSON is nested too deeply/],
];

describe('a body beyond a limit of values', () => {
  // The simulator has neither of the agents' APIs, so that the proxy parses their bodies.
  const setup = withProxy();

  const wholeOf: Record<string, string> = {
    '/api/chat': '"model":"sim-chat","messages":[{"role":"user","content":"x"}],"stream":false',
    '/api/generate': '"model":"sim-chat","prompt":"x","stream":false',
    '/api/embed': '"model":"sim-embed","input":"x"',
    '/v1/messages': '"model":"sim-chat","max_tokens":9,"messages":[{"role":"user","content":"x"}]',
    '/v1/messages/count_tokens': '"model":"sim-chat","messages":[{"role":"user","content":"x"}]',
    '/v1/responses': '"model":"sim-chat","input":"x"',
  };

  it.each(Object.keys(wholeOf))('%s: 400 in the format of the API', async (path) => {
    // The first request shows that the upstream lacks the API.
    const whole = await setup.ask(path, `{${wholeOf[path]!}}`);
    expect(whole.status, whole.text).toBe(200);
    for (const [name, value, message] of BEYOND) {
      const key = path.startsWith('/v1/messages') ? '/v1/messages' : path;
      const error = errorOf(key, await setup.ask(path, `{${wholeOf[path]!},"more":${value}}`));
      const type = path.startsWith('/v1') ? ['invalid_request_error'] : [];
      expect(error, name).toEqual([400, expect.stringMatching(message) as string, ...type]);
    }
  });

  it.each([
    ['/api/chat', 'messages', '{"role":"user","content":"x"}', 10_000],
    ['/api/chat', 'tools', '{}', 10_000],
    ['/api/generate', 'images', '""', 20_000],
    ['/api/generate', 'context', '1', 20_000],
    ['/api/embed', 'input', '"x"', 20_000],
  ])('%s: %s has a limit of its own', async (path, field, item, limit) => {
    const list = (count: number) => `[${Array.from({ length: count }, () => item).join(',')}]`;
    const body = (count: number) =>
      wholeOf[path]!.replace(new RegExp(`"${field}":(\\[.*?\\]|"x")`), '"x":1') + `,"${field}":${list(count)}`;
    const beyond = await setup.ask(path, `{${body(limit + 1)}}`);
    expect(errorOf(path, beyond)).toEqual([400, expect.stringContaining(`the limit is ${String(limit)}`)]);
  });
});

describe('bodies beyond the memory budget', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = createSimulator();
    await simulator.listen();
  });
  afterAll(() => simulator.close());

  it('get 503 in the format of the API, until others have been released', async () => {
    // A budget of 16 MB.
    const { url, port } = await startChild(simulator.url, {}, ['--max-old-space-size=72', '--max-semi-space-size=8']);
    const size = 9_000_000;
    const head = `POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${String(size)}\r\n\r\n`;
    const held = connect(port, '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => void held.destroy());
    held.write(head + ' '.repeat(size - 1));
    await once(held, 'drain');
    const body = (extra: string) =>
      `{"model":"sim-chat",${extra}"messages":[{"role":"user","content":"x"}]}`.padEnd(size);
    for (const path of ['/api/chat', '/v1/chat/completions', '/v1/messages']) {
      const refused = await ask(url + path, body('"stream":false,"max_tokens":9,'));
      const error = errorOf(path, refused);
      expect(error.slice(0, 2), path).toEqual([503, expect.stringMatching(/^server busy/)]);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    }
    // Small ones still fit.
    expect((await ask(`${url}/api/chat`, body('"stream":false,').trim())).status).toBe(200);
    held.destroy();
    const retry = async () => (await ask(`${url}/api/chat`, body('"stream":false,'))).status;
    await expect.poll(retry, { timeout: 10_000 }).toBe(200);
  });
});
