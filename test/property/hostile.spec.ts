import fc from 'fast-check';
import { fetch } from 'undici';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Seen } from '../support/ask.js';
import { ask } from '../support/ask.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';
import { readText } from '../flows/every-client.js';
import { hostileBody, toText } from './hostile-bodies.js';
import { runs } from './seed.js';

const setup = withProxy();

/** A request that takes longer is a hang. */
const LONGEST_MS = 5000;

const ROUTES = [
  ['POST', '/api/chat'],
  ['POST', '/api/generate'],
  ['POST', '/api/embed'],
  ['POST', '/api/embeddings'],
  ['POST', '/api/show'],
  ['POST', '/api/pull'],
  ['POST', '/api/push'],
  ['POST', '/api/create'],
  ['POST', '/api/copy'],
  ['DELETE', '/api/delete'],
  ['POST', `/api/blobs/sha256:${'0'.repeat(64)}`],
  ['POST', '/api/blobs/%E0%A4%A'],
  ['POST', '/api/me'],
  ['POST', '/api/signout'],
  ['DELETE', '/api/user/keys/x'],
  ['POST', '/api/experimental/web_search'],
  ['POST', '/api/experimental/web_fetch'],
] as const;

/** Expected 5xx: statuses that Ollama uses, operations that are not supported, a 403 of the upstream. */
const MEANT: Readonly<Record<number, RegExp>> = {
  500: /^option ".*" must be of |^template: :|^invalid format: |^pull model manifest: /s,
  502: /^You are not allowed to generate embeddings from this model$/,
  501: /not supported by this server/,
  503: /^account unavailable$/,
};

async function send(method: string, path: string, body: string | Uint8Array): Promise<Seen> {
  const response = await fetch(`${setup.proxy.url}${path}`, { method, body, signal: AbortSignal.timeout(LONGEST_MS) });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    headers: response.headers,
    text,
    lines: [],
  };
}

/** Either a refusal, one JSON object with the text under `error`, or an answer like any other. */
function checkAnswer(path: string, seen: Seen): void {
  const { status, type, text } = seen;
  if (status !== 200) {
    expect(status, text).toBeGreaterThanOrEqual(400);
    expect(type, text).toMatch(/^application\/json/);
    const body = JSON.parse(text) as { error: string };
    expect(body, text).toEqual({ error: expect.stringMatching(/\S/) });
    if (status >= 500) expect(body.error).toMatch(MEANT[status] ?? /nothing is meant/);
    return;
  }
  if (path === '/api/chat' || path === '/api/generate') readText(path, seen);
  else for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
}

/** A context with a checksum that fits, whatever is in it. */
function forge(text: string): number[] {
  const bytes = Buffer.from(text);
  const hash = bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
  const integers = [0x4f4c31, bytes.length, (hash >>> 24) ^ (hash & 0xffffff)];
  for (let at = 0; at < bytes.length; at += 3) {
    integers.push(((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0));
  }
  return integers;
}

describe('any request', () => {
  afterAll(async () => {
    expect((await setup.ask('/api/version')).status, 'still serves').toBe(200);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('gets a response: no crash, no hang, no 5xx', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ROUTES.slice(0, 4), ...ROUTES), hostileBody, async ([method, path], body) => {
        setup.simulator.reset();
        checkAnswer(path, await send(method, path, body));
      }),
      runs(1500),
    );
  });

  it('may have keys named like object internals', async () => {
    const evil = { '§proto§': { polluted: true, model: 'sim-chat' }, constructor: { prototype: { polluted: true } } };
    const bodies = [
      { ...evil, model: 'sim-chat', messages: [{ role: 'user', content: 'hi', ...evil }] },
      { ...evil, model: 'sim-chat', prompt: 'hi', options: { ...evil, temperature: 1 } },
      { ...evil, model: 'sim-embed', input: 'hi', options: evil },
    ];
    for (const [index, path] of (['/api/chat', '/api/generate', '/api/embed'] as const).entries()) {
      const seen = await send('POST', path, toText(bodies[index]));
      expect(seen.status, seen.text).toBe(200);
    }
    expect({}).not.toHaveProperty('polluted');
    expect((await send('POST', '/api/show', toText(evil))).status).toBe(400);
  });

  it.each(['/api/chat', '/api/generate', '/api/embed', '/v1/chat/completions', '/v1/embeddings'])(
    'may name a model with half a character: %s',
    async (path) => {
      const body = '{"model":"\\ud800","messages":[{"role":"user","content":"x"}],"prompt":"x","input":"x"}';
      const upstream = `${setup.simulator.url.replace(/\/v1$/, '')}/deployments/{model}`;
      const deployed = await startProxy(upstream, {});
      onTestFinished(() => deployed.close());
      for (const url of [setup.proxy.url, deployed.url]) {
        const { status } = await ask(`${url}${path}`, body);
        expect([400, 404]).toContain(status);
      }
    },
  );

  it('may have a forged context', async () => {
    for (const text of ['x', 'null', '{}', '[1]', '[[]]', '[[0]]', '[["user","x"]]', '[null]']) {
      const seen = await send(
        'POST',
        '/api/generate',
        toText({ model: 'sim-chat', prompt: 'x', context: forge(text) }),
      );
      expect([text, seen.status]).toEqual([text, 400]);
      checkAnswer('/api/generate', seen);
    }
    const genuine = { model: 'sim-chat', prompt: 'x', stream: false, context: forge('[[1,"Hello."]]') };
    expect((await send('POST', '/api/generate', toText(genuine))).status).toBe(200);
  });

  const generate = (template: string, prompt = 'x') =>
    ['/api/generate', { model: 'sim-chat', prompt, template }] as const;
  const textCalls = (content: string, results: number) =>
    [
      '/api/chat',
      {
        model: 'sim-chat',
        messages: [
          { role: 'assistant', content },
          ...Array.from({ length: results }, () => ({ role: 'tool', content: 'x' })),
        ],
      },
    ] as const;

  it.each([
    ['a template of spaces', ...generate(`{{${' '.repeat(20_000)}`)],
    ['a template of braces', ...generate('{{'.repeat(200_000))],
    ['a template that repeats a long prompt', ...generate('{{.Prompt}}'.repeat(10_000), 'x'.repeat(100_000))],
    ['a call as text that never ends', ...textCalls(`Calling x${' with input: {'.repeat(60_000)}`, 1)],
    ['many calls as text', ...textCalls('Calling x with input: {}\n'.repeat(20_000), 1000)],
    ['a duration of many parts', '/api/chat', { model: 'sim-chat', keep_alive: '1s'.repeat(200_000) }],
    ['a name of many parts', '/api/chat', { model: 'a/'.repeat(500_000) }],
    ['an image of many lines', '/api/chat', { model: 'sim-chat', messages: [{ images: ['A=\n'.repeat(500_000)] }] }],
  ])('may be large and take no time: %s', async (_name, path, body) => {
    checkAnswer(path, await send('POST', path, toText(body)));
  });

  const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);
  const deep = (open: string, close: string) => nested(100_000, open, close);
  const DEEP: Readonly<Record<string, string>> = {
    'open brackets': '['.repeat(100_000),
    brackets: deep('[', ']'),
    'brackets in an unknown field': `{"model":"sim-chat","messages":[{"role":"user","content":"x"}],"x":${deep('[', ']')}}`,
    'a format': `{"model":"sim-chat","prompt":"x","messages":[{"content":"x"}],"format":${nested(100_000, '{"a":', '}').replace(':}', ':1}')}}`,
    options: `{"model":"sim-chat","prompt":"x","messages":[{"content":"x"}],"options":{"stop":${deep('[', ']')}}}`,
    parameters: `{"model":"sim-chat","messages":[{"content":"x"}],"tools":[{"function":{"name":"f","parameters":{"a":${deep('[', ']')}}}}]}`,
    arguments: `{"model":"sim-chat","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"a":${deep('[', ']')}}}}]}]}`,
    messages: `{"model":"sim-chat","messages":${deep('[', ']')}}`,
  };

  it.each(Object.keys(DEEP))('has a nesting limit: %s', async (name) => {
    for (const path of ['/api/chat', '/api/generate', '/api/embed', '/api/embeddings', '/api/show', '/api/pull']) {
      const seen = await send('POST', path, DEEP[name] ?? '');
      expect([path, seen.status, seen.text.length < 500]).toEqual([path, 400, true]);
      checkAnswer(path, seen);
    }
  });

  it.each(['options', 'format', 'tools', 'messages'])('may be nested moderately: %s', async (field) => {
    const value = nested(100, '[{"a":', '}]').replace(':}', ':1}');
    const seen = await send('POST', '/api/chat', `{"model":"sim-chat","${field}":${value}}`);
    expect([200, 400, 500]).toContain(seen.status);
    checkAnswer('/api/chat', seen);
  });
});
