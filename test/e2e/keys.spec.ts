import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { KeyRegistry } from '#access';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { Seen } from '../support/ask.js';
import { ask } from '../support/ask.js';
import { sendRaw } from '../support/raw-socket.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const KEY = 'key-number-one-of-the-tests';
const OTHER = 'key-number-two-of-the-tests';
const FEW = 'key-for-a-few-models-only';
const OLD = 'key-that-has-expired-long-ago';
const KEYS = [
  { name: 'one', key: KEY },
  { name: 'two', sha256: createHash('sha256').update(OTHER).digest('hex') },
  { name: 'few', key: FEW, models: ['sim-chat', 'SIM-EMBED*', 'nothing-*'] },
  { name: 'old', key: OLD, expires: '2020-01-01' },
];
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const CHAT = { model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }], stream: false };

let simulator: Simulator;
let upstream: string;
let proxy: RunningProxy;
beforeAll(async () => {
  simulator = createSimulator();
  upstream = await simulator.listen();
  proxy = await startProxy(upstream, { PROXY_API_KEYS: JSON.stringify(KEYS) });
});
afterAll(async () => {
  await proxy.close();
  await simulator.close();
});

async function start(environment: Record<string, string>): Promise<RunningProxy> {
  const started = await startProxy(upstream, environment);
  onTestFinished(() => started.close());
  return started;
}

const get = (path: string, headers: Record<string, string> = {}, at = proxy): Promise<Seen> =>
  ask(`${at.url}${path}`, undefined, { headers });
const post = (path: string, body: unknown, headers: Record<string, string> = {}, at = proxy): Promise<Seen> =>
  ask(`${at.url}${path}`, body, { headers });

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** Every route of the server, with something in the place of what varies. */
function routes(): [method: string, path: string][] {
  const { router } = proxy.app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
  return router.stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map((method): [string, string] => [
          method.toUpperCase(),
          route.path.replaceAll(/[:*]\w+/g, 'something'),
        ])
      : [],
  );
}

/** The whole list of what is open. */
const OPEN =
  /^(\/|\/api\/(version|hello)|\/(health|livez|ready|readyz|metrics|redoc|favicon\.ico|llms\.txt|openapi\.(json|yaml)|redoc\/redoc\.standalone\.js)|\/v1\/metrics(\/summary)?|\/docs(\/.*)?|\/ui\/.*)$/;

describe('a key', () => {
  it('is required by every route except the public ones', async () => {
    const all = routes();
    expect(all.length).toBeGreaterThan(30);
    for (const [method, path] of all) {
      const options = { method, ...(method === 'POST' && { body: '{}' }) };
      const { status } = await ask(`${proxy.url}${path}`, method === 'POST' ? {} : undefined, options);
      if (OPEN.test(path)) expect([method, path, status]).not.toEqual([method, path, 401]);
      else expect([method, path, status]).toEqual([method, path, 401]);
    }
    for (const path of [
      '/no/such/path',
      '/api//chat',
      '/API/tags',
      '/docs/../api/tags',
      '/api/version/../tags',
      '/v1/files',
    ])
      expect(
        (await sendRaw(proxy.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).status,
      ).toBe(401);
  });

  it.each([
    ['Authorization', bearer(KEY)],
    ['Authorization, in other case', { Authorization: `bEARER  ${KEY}` }],
    ['x-api-key', { 'x-api-key': KEY }],
    ['api-key', { 'api-key': KEY }],
    ['all of them', { ...bearer(KEY), 'x-api-key': KEY, 'api-key': KEY }],
    ['beside a placeholder', { ...bearer('ollama'), 'x-api-key': KEY }],
    ['by its digest', bearer(OTHER)],
  ])('is accepted as %s', async (_how, headers) => {
    expect((await post('/api/chat', CHAT, headers)).status).toBe(200);
    expect((await post('/v1/chat/completions', CHAT, headers)).status).toBe(200);
  });

  it.each([
    ['missing', {}],
    ['a placeholder', bearer('ollama')],
    ['unknown', bearer(`${KEY}x`)],
    ['a part of one', bearer(KEY.slice(0, -1))],
    ['expired', bearer(OLD)],
    ['two at once', { ...bearer(KEY), 'x-api-key': OTHER }],
    ['of another scheme', { authorization: `Basic ${Buffer.from(`x:${KEY}`).toString('base64')}` }],
  ])('is refused in the format of each API: %s', async (_how, headers) => {
    const ollama = await post('/api/chat', CHAT, headers);
    expect([ollama.status, ollama.headers.get('www-authenticate'), JSON.parse(ollama.text)]).toEqual([
      401,
      'Bearer',
      { error: 'unauthorized' },
    ]);
    const openAi = await post('/v1/chat/completions', CHAT, headers);
    expect([openAi.status, openAi.headers.get('www-authenticate'), JSON.parse(openAi.text)]).toEqual([
      401,
      'Bearer',
      { error: { message: 'unauthorized', type: 'invalid_request_error', param: null, code: 'invalid_api_key' } },
    ]);
  });

  it('is not accepted in a query', async () => {
    expect((await get(`/api/tags?key=${KEY}&api_key=${KEY}&x-api-key=${KEY}`)).status).toBe(401);
  });

  it('is refused when sent twice with different values', async () => {
    const lines = ['GET /api/tags HTTP/1.1', 'Host: localhost', 'Connection: close'];
    const twice = async (second: string): Promise<number> => {
      const headers = [`Authorization: Bearer ${KEY}`, `Authorization: Bearer ${second}`];
      return (await sendRaw(proxy.port, [...lines, ...headers, '', ''].join('\r\n'))).status;
    };
    expect([await twice(OTHER), await twice(KEY)]).toEqual([401, 200]);
  });

  it("never reaches an upstream, even if clients bring the upstream's key", async () => {
    const passing = await start({
      PROXY_API_KEYS: `one:${KEY}`,
      UPSTREAM_AUTH: 'client',
      OPENAI_API_KEY: 'sk-of-the-upstream',
    });
    simulator.reset();
    for (const path of ['/api/chat', '/v1/chat/completions']) {
      for (const headers of [bearer(KEY), { 'x-api-key': KEY }])
        expect((await post(path, CHAT, headers, passing)).status).toBe(200);
    }
    expect(simulator.requests.length).toBeGreaterThan(3);
    expect(JSON.stringify(simulator.requests)).not.toContain(KEY);
    expect(simulator.requests.at(-1)?.headers.authorization).toBe('Bearer sk-of-the-upstream');
  });

  it('is not required when none is configured', async () => {
    const open = await start({});
    for (const headers of [{}, bearer(''), bearer('ollama'), bearer('whatever'), { ...bearer('a'), 'x-api-key': 'b' }])
      expect((await get('/api/tags', headers, open)).status).toBe(200);
  });
});

describe('an exempt path', () => {
  it('is public, and no other path is', async () => {
    const exempting = await start({ PROXY_API_KEYS: JSON.stringify(KEYS), AUTH_EXEMPT: '/api/tags, /api/show' });
    for (const headers of [{}, bearer('wrong-key-of-the-tests')]) {
      expect((await get('/api/tags', headers, exempting)).status).toBe(200);
      expect((await get('/api/tags/', headers, exempting)).status).toBe(200);
      expect((await post('/api/show', { model: 'sim-chat' }, headers, exempting)).status).toBe(200);
      expect((await get('/api/ps', headers, exempting)).status).toBe(401);
    }
    // A good key counts there too.
    const { models } = JSON.parse((await get('/api/tags', bearer(FEW), exempting)).text) as {
      models: { name: string }[];
    };
    expect(models.every(({ name }) => /^sim-(chat|embed)/.test(name))).toBe(true);
  });
});

describe('wrong keys', () => {
  it('block an address after 20; probes and missing keys do not count', async () => {
    const guessed = await start({ PROXY_API_KEYS: `one:${KEY}`, TRUSTED_PROXIES: '1' });
    const from = (address: string, key?: string): Promise<Seen> =>
      get('/api/tags', { 'x-forwarded-for': address, ...(key !== undefined && bearer(key)) }, guessed);
    for (let count = 0; count < 30; count += 1) expect((await from('10.0.0.1')).status).toBe(401);
    for (let count = 0; count < 20; count += 1) expect((await from('10.0.0.1', `wrong-key-${count}`)).status).toBe(401);
    const blocked = await from('10.0.0.1', KEY);
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await from('10.0.0.2', KEY)).status).toBe(200);
    expect((await get('/health', { 'x-forwarded-for': '10.0.0.1' }, guessed)).status).toBe(200);
    const { text } = await get('/metrics', {}, guessed);
    expect(text).toContain('llmproxy_auth_failures_total{reason="missing"} 30');
    expect(text).toContain('llmproxy_auth_failures_total{reason="unknown"} 20');
    expect(text).toContain('llmproxy_auth_failures_total{reason="blocked"} 1');
  });
});

describe('a key for some models', () => {
  const few = bearer(FEW);

  it.each(['sim-chat', 'SIM-CHAT', 'sim-chat:latest', 'models/sim-chat'])('may use %s', async (model) => {
    expect((await post('/api/chat', { ...CHAT, model }, few)).status).toBe(200);
    expect((await post('/v1/chat/completions', { ...CHAT, model }, few)).status).toBe(200);
  });

  it('gets the same 404 for other models as for unknown ones', async () => {
    const all = JSON.parse((await get('/v1/models', bearer(KEY))).text) as { data: { id: string }[] };
    const hidden = all.data.map(({ id }) => id).find((id) => !/^sim-(chat|embed)/.test(id))!;
    expect(hidden).toBeTruthy();
    simulator.reset();
    for (const written of [
      hidden,
      hidden.toUpperCase(),
      `${hidden}:latest`,
      `models/${hidden}`,
      `library/${hidden}`,
      ` ${hidden} `,
    ]) {
      const attempt = (path: string, body: object): Promise<Seen> =>
        post(path, { ...body, model: written, stream: false }, few);
      const chat = await attempt('/api/chat', CHAT);
      expect([chat.status, JSON.parse(chat.text)]).toEqual([404, { error: `model '${written}' not found` }]);
      expect((await attempt('/api/generate', { prompt: 'hello' })).status).toBe(404);
      expect((await attempt('/api/embed', { input: 'hello' })).status).toBe(404);
      expect((await attempt('/api/embeddings', { prompt: 'hello' })).status).toBe(404);
      expect((await attempt('/api/show', {})).status).toBe(404);
      expect((await attempt('/api/pull', {})).text).toContain('file does not exist');
      for (const path of ['chat/completions', 'completions', 'embeddings', 'responses', 'messages']) {
        const seen = await attempt(`/v1/${path}`, CHAT);
        expect([path, seen.status, JSON.parse(seen.text).error.type]).toEqual([path, 404, 'not_found_error']);
      }
      expect((await get(`/v1/models/${encodeURIComponent(written)}`, few)).status).toBe(404);
    }
    const twice = `{"model":"${hidden}","model":"sim-chat","messages":[]}`;
    expect((await post('/v1/chat/completions', twice, few)).status).not.toBe(404);
    const escaped = `{"model":"sim-chat","messages":[],"mod\\u0065l":"${hidden}"}`;
    expect((await post('/v1/chat/completions', escaped, few)).status).toBe(400);
    const apart = `{"model"${' '.repeat(5000)}:"${hidden}","messages":[],"model":"sim-chat"}`;
    expect((await post('/v1/chat/completions', apart, few)).status).toBe(400);
    expect((await post('/v1/chat/completions', apart, { authorization: `Bearer ${KEY}` })).status).toBe(400);
    expect((await post('/v1/chat/completions', { ...CHAT, model: `sim-chat,${hidden}` }, few)).status).toBe(404);
    expect((await post('/v1/chat/completions', { ...CHAT, tools: [{ model: hidden }] }, few)).status).toBe(404);
    expect((await post('/v1/chat/completions', { ...CHAT, models: ['sim-chat', hidden] }, few)).status).toBe(404);
    expect((await post('/v1/images/generations', { model: hidden }, few)).status).toBe(403);
    expect(simulator.requests.filter(({ path }) => path.includes('images'))).toEqual([]);
  });

  it('sees no other models in lists', async () => {
    await post('/api/chat', CHAT, few);
    const names = async (path: string, key: string): Promise<string[]> => {
      const list = JSON.parse((await get(path, bearer(key))).text) as {
        models?: { name: string }[];
        data?: { id: string }[];
      };
      return (list.models ?? []).map(({ name }) => name).concat((list.data ?? []).map(({ id }) => id));
    };
    for (const path of ['/api/tags', '/v1/models']) {
      const seen = await names(path, FEW);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((name) => !/^sim-(chat|embed)/.test(name))).toEqual([]);
      expect((await names(path, KEY)).length).toBeGreaterThan(seen.length);
      expect(await names(path, FEW)).toEqual(seen);
    }
    const running = await names('/api/ps', KEY);
    expect(running.length).toBeGreaterThan(0);
    expect(await names('/api/ps', FEW)).toEqual(running.filter((name) => /^sim-(chat|embed)/.test(name)));
  });
});

describe('the key file', () => {
  it('changes the models that a key sees', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keys-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'keys');
    const allow = (models: string[]): Promise<void> =>
      writeFile(file, JSON.stringify([{ name: 'one', key: KEY, models }]));
    await allow(['sim-chat']);
    const watching = await start({ PROXY_API_KEYS: `@${file}` });
    const seen = async (): Promise<string[]> =>
      Promise.all(['/api/tags', '/v1/models'].map(async (path) => (await get(path, bearer(KEY), watching)).text));
    for (const text of await seen()) expect(text).toMatch(/^(?!.*sim-embed).*sim-chat/);
    await allow(['sim-embed']);
    watching.app.get(KeyRegistry).reload();
    for (const text of await seen()) expect(text).toMatch(/^(?!.*sim-chat).*sim-embed/);
  });

  it('is reloaded when it changes; an invalid one is ignored', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keys-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'keys');
    await writeFile(file, `# first\none:${KEY}\n`);
    const watching = await start({ PROXY_API_KEYS: `@${file}` });
    const works = async (key: string): Promise<boolean> =>
      (await get('/api/tags', bearer(key), watching)).status === 200;
    expect([await works(KEY), await works(OTHER)]).toEqual([true, false]);
    await writeFile(file, `two:${OTHER}\n`);
    for (let tries = 0; tries < 15 && !(await works(OTHER)); tries += 1) await wait(300);
    expect([await works(OTHER), await works(KEY)]).toEqual([true, false]);
    const registry = watching.app.get(KeyRegistry);
    await writeFile(file, 'three:short\n');
    registry.reload();
    expect(await works(OTHER)).toBe(true);
    await rm(file);
    registry.reload();
    expect(await works(OTHER)).toBe(true);
    await writeFile(file, '');
    registry.reload();
    expect([await works(OTHER), await works('')]).toEqual([true, false]);
  });
});
