import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamRegistry } from '#connections';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted, until } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const folder = mkdtempSync(join(tmpdir(), 'routes-'));
const file = join(folder, 'routes.yaml');
let first: Simulator;
let second: Simulator;
let proxy: RunningProxy;

const upstreams = (more = '') => `
upstreams:
  - { name: second, base_url: "${second.url}", priority: 1${more} }
`;

beforeAll(async () => {
  first = createSimulator({ maxRequests: 5000 });
  second = createSimulator({
    apiKey: 'sk-second',
    maxRequests: 5000,
    models: [{ id: 'only-here', kind: 'chat', contextLength: 1000 }],
  });
  await first.listen();
  await second.listen();
  writeFileSync(
    file,
    `${upstreams(', api_key: "${SECOND_KEY}"')}
models:
  - { name: friend, model: sim-chat, system: Be brief., defaults: { temperature: 0.3 }, clamps: { max_tokens: { max: 50 } }, drop: [seed], extra_body: { user: me } }
  - { name: "acme/*", model: "sim-*", context_length: 1234, capabilities: [completion] }
default_model: sim-plain
`,
  );
  proxy = await startProxy(first.url, { MODEL_MAPPING_FILE: file, SECOND_KEY: 'sk-second' });
  await ask(`${proxy.url}/api/tags`);
});
afterAll(async () => {
  await proxy.close();
  await first.close();
  await second.close();
  rmSync(folder, { recursive: true });
});

const chat = (model: string, more: object = {}) =>
  ask(`${proxy.url}/api/chat`, { model, messages: [{ role: 'user', content: 'x' }], stream: false, ...more });
const lastBody = (simulator: Simulator) => simulator.requests.findLast(({ method }) => method === 'POST')?.body;

describe('rules of the mapping file', () => {
  it('apply to every request for the name', async () => {
    const { lines } = await chat('friend', { options: { seed: 1, num_predict: 500 } });
    expect(lines[0]?.model).toBe('friend');
    expect(lastBody(first)).toEqual({
      model: 'sim-chat',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'x' },
      ],
      temperature: 0.3,
      max_tokens: 50,
      user: 'me',
    });
  });

  it('match patterns, list names, and show configured capabilities', async () => {
    expect((await chat('acme/reason')).status).toBe(200);
    expect(lastBody(first)).toMatchObject({ model: 'sim-reason' });
    const shown = await ask(`${proxy.url}/api/show`, { model: 'acme/chat' });
    expect(shown.lines[0]).toMatchObject({ capabilities: ['completion'], model_info: { 'sim.context_length': 1234 } });
    const tags = await ask(`${proxy.url}/api/tags`);
    expect(tags.text).toContain('"friend:latest"');
  });

  it('send unknown names to the default model', async () => {
    expect((await chat('whatever')).status).toBe(200);
    expect(lastBody(first)).toMatchObject({ model: 'sim-plain' });
  });
});

describe('several upstreams', () => {
  it('get the requests for their models, each with its own key', async () => {
    const models = second.requests.filter(({ path }) => path === '/v1/models');
    expect(models[0]?.headers.authorization).toBe('Bearer sk-second');
    expect((await chat('only-here')).status).toBe(200);
    expect(lastBody(second)).toMatchObject({ model: 'only-here' });
    expect(first.requests.some(({ headers }) => String(headers.authorization).includes('sk-second'))).toBe(false);
  });
});

describe('a changed mapping file', () => {
  it('is reloaded under load without dropping a request', { timeout: 60_000 }, async () => {
    const registry = proxy.app.get(UpstreamRegistry);
    const version = registry.current.version;
    for (const path of ['/api/tags', '/v1/models']) expect((await ask(proxy.url + path)).text).toContain('"friend');
    const running = Array.from({ length: 500 }, (_, index) =>
      ask(`${proxy.url}/api/chat`, {
        model: 'sim-chat',
        messages: [scripted({ tokens: 30, tokenDelayMs: 20 + (index % 20) })],
      }),
    );
    // As Kubernetes does it: a symlink is swapped for another.
    const next = join(folder, 'next.yaml');
    writeFileSync(
      next,
      `${upstreams(', api_key: "${SECOND_KEY}", weight: 2')}\nmodels: [{ name: newcomer, model: sim-chat }]\n`,
    );
    symlinkSync(next, join(folder, 'link'));
    renameSync(join(folder, 'link'), file);
    expect(await until(() => registry.current.version > version, 5000)).toBe(true);
    const seen = await Promise.all(running);
    expect(seen.filter(({ lines }) => lines.at(-1)?.done !== true)).toEqual([]);
    expect((await chat('newcomer')).status).toBe(200);
    for (const path of ['/api/tags', '/v1/models']) {
      const { text } = await ask(proxy.url + path);
      expect(text).toContain('"newcomer');
      expect(text).not.toContain('"friend');
    }
  });

  it('is ignored if it is invalid', async () => {
    const registry = proxy.app.get(UpstreamRegistry);
    const { version } = registry.current;
    writeFileSync(file, 'upstreams: [{ name: x }]');
    expect(await until(() => registry.reloads.rejected > 0, 5000)).toBe(true);
    expect(registry.current.version).toBe(version);
    expect((await chat('newcomer')).status).toBe(200);
  });
});

describe('keys of clients', () => {
  it('are forwarded if configured, except placeholders', async () => {
    const open = await startProxy(first.url, { UPSTREAM_AUTH: 'client', OPENAI_API_KEY: 'sk-ours' });
    const keyOf = async (authorization: string) => {
      await ask(
        `${open.url}/api/chat`,
        { model: 'sim-chat', messages: [{ role: 'user', content: 'x' }] },
        { headers: { authorization } },
      );
      return first.requests.at(-1)?.headers.authorization;
    };
    expect(await keyOf('Bearer sk-theirs')).toBe('Bearer sk-theirs');
    expect(await keyOf('Bearer default-key')).toBe('Bearer sk-ours');
    expect(await keyOf('Bearer')).toBe('Bearer sk-ours');
    await open.close();
  });
});
