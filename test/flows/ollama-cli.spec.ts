import { describe, expect, it } from 'vitest';
import type { Seen } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, errorOf } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const headers = {
  'content-type': 'application/json',
  accept: 'application/x-ndjson',
  'user-agent': 'ollama/0.40.2 (amd64 linux) Go/go1.26.0',
};
const post = (path: string, body: object): Promise<Seen> => setup.ask(path, JSON.stringify(body), { headers });

/** A line is read into a buffer of this size. */
const MAX_LINE_BYTES = 8_000_000;

/** Go: what is missing or null is the zero value; a wrong type, a fraction or a bad date is an error. */
const details = is.struct({
  parent_model: is.nullable(is.string),
  format: is.nullable(is.string),
  family: is.nullable(is.string),
  families: is.nullable(is.list(is.string)),
  parameter_size: is.nullable(is.string),
  quantization_level: is.nullable(is.string),
});
const listed = is.struct({
  name: is.string,
  model: is.nullable(is.string),
  modified_at: is.timestamp,
  size: is.nullable(is.integer),
  digest: is.digest,
  details,
  remote_host: is.nullable(is.string),
});
const running = is.struct({
  name: is.string,
  digest: is.digest,
  size: is.nullable(is.integer),
  size_vram: is.nullable(is.integer),
  context_length: is.nullable(is.integer),
  expires_at: is.timestamp,
});
const show = is.struct({
  details,
  model_info: is.mapOf(is.anything),
  capabilities: is.list(is.string),
  parameters: is.nullable(is.string),
  system: is.nullable(is.string),
  license: is.nullable(is.string),
  remote_host: is.nullable(is.string),
  modified_at: is.nullable(is.timestamp),
});
const metrics = {
  done: is.boolean,
  done_reason: is.nullable(is.string),
  ...is.metrics(is.nullable(is.integer)),
};
const generateLine = is.struct({
  model: is.nullable(is.string),
  created_at: is.timestamp,
  response: is.nullable(is.string),
  thinking: is.nullable(is.string),
  context: is.nullable(is.list(is.integer)),
  ...metrics,
});
const call = is.struct({
  id: is.nullable(is.string),
  function: is.struct({ index: is.nullable(is.integer), name: is.string, arguments: is.mapOf(is.anything) }),
});
const chatLine = is.struct({
  model: is.nullable(is.string),
  created_at: is.timestamp,
  message: is.struct({
    role: is.nullable(is.string),
    content: is.nullable(is.string),
    thinking: is.nullable(is.string),
    tool_calls: is.nullable(is.list(call)),
  }),
  ...metrics,
});
const progress = is.struct({
  status: is.nullable(is.string),
  digest: is.nullable(is.digest),
  total: is.nullable(is.integer),
  completed: is.nullable(is.integer),
});

const showRequest = (name: string) => ({
  model: '',
  system: '',
  template: '',
  verbose: false,
  options: null,
  name,
});
const generateRequest = (model: string, fields: object = {}) => ({
  model,
  prompt: '',
  suffix: '',
  system: '',
  template: '',
  options: {},
  ...fields,
});

/** A load may answer with one object or with one line. */
const decodeLoad = (seen: Seen) => generateLine(JSON.parse(seen.text), 'load');

describe('the ollama command line', () => {
  it('checks the server before every command', async () => {
    const { status, text } = await setup.ask('/', undefined, { method: 'HEAD', headers });
    expect([status, text]).toEqual([200, '']);
  });

  it('-v', async () => {
    const { version } = decodeWhole(
      await setup.ask('/api/version', undefined, { headers }),
      is.struct({ version: is.string }),
    );
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('list', async () => {
    const { models } = decodeWhole(
      await setup.ask('/api/tags', undefined, { headers }),
      is.struct({ models: is.list(listed) }),
    );
    expect(models.map((model) => model.digest.slice(0, 12))).toHaveLength(6);
    expect(
      models.every(({ remote_host }) => remote_host === undefined),
      'would ask ollama.com to sign in',
    ).toBe(true);
  });

  it('show', async () => {
    const shown = decodeWhole(await post('/api/show', showRequest('sim-embed')), show);
    const architecture = is.string(shown.model_info['general.architecture'], 'architecture');
    expect(is.number(shown.model_info[`${architecture}.context_length`], 'context_length')).toBe(2048);
    expect(shown.capabilities).toEqual(['embedding']);
    expect(errorOf(await post('/api/show', showRequest('nope')))).toContain('not found');
  });

  it('run "prompt"', async () => {
    decodeWhole(await post('/api/show', showRequest('sim-chat')), show);
    const lines = decodeLines(
      await post('/api/generate', generateRequest('sim-chat', { prompt: 'Why?' })),
      generateLine,
    );
    expect(lines.map(({ response }) => response ?? '').join('')).toContain('Why?');
    expect(lines.at(-1)).toMatchObject({ done: true, eval_count: expect.any(Number) });
  });

  it('run: show, load, then a chat with the whole history each turn', async () => {
    decodeWhole(await post('/api/show', showRequest('sim-reason')), show);
    setup.simulator.reset();
    const load = generateRequest('sim-reason', { keep_alive: '5m0s', think: null });
    expect(decodeLoad(await post('/api/generate', load))).toMatchObject({ done: true, done_reason: 'load' });
    expect(setup.simulator.requests, 'an empty prompt is nothing to ask the upstream').toHaveLength(0);

    const messages: object[] = [{ role: 'user', content: 'First question' }];
    for (const turn of [1, 3]) {
      const body = { model: 'sim-reason', messages, format: '', options: {}, think: null };
      const seen = await post('/api/chat', body);
      expect(seen.text.split('\n').every((line) => Buffer.byteLength(line) < MAX_LINE_BYTES)).toBe(true);
      const lines = decodeLines(seen, chatLine);
      expect(lines.some(({ message }) => message.thinking)).toBe(true);
      const content = lines.map(({ message }) => message.content ?? '').join('');
      expect(content).toContain(`I read ${String(turn)} message`);
      messages.push({ role: 'assistant', content }, { role: 'user', content: 'Next question' });
    }
  });

  it('run of an unknown model tries to pull it and shows the error', async () => {
    const shown = await post('/api/show', showRequest('nope'));
    expect([shown.status, errorOf(shown)]).toEqual([404, "model 'nope:latest' not found"]);
    const pull = await post('/api/pull', { model: '', username: '', password: '', name: 'nope' });
    expect(pull.status).toBe(200);
    expect(pull.text.endsWith('\n')).toBe(true);
    expect(pull.lines.at(-1)).toEqual({ error: 'pull model manifest: file does not exist' });
    expect(errorOf(await post('/api/show', showRequest('nope:cloud')))).toContain('not found');
  });

  it('pull', async () => {
    const pull = await post('/api/pull', { model: '', username: '', password: '', name: 'sim-chat' });
    expect(decodeLines(pull, progress).at(-1)?.status).toBe('success');
  });

  it('ps and stop', async () => {
    await post('/api/generate', generateRequest('sim-plain', { prompt: 'hi' }));
    const ps = async () =>
      decodeWhole(await setup.ask('/api/ps', undefined, { headers }), is.struct({ models: is.list(running) }));
    const entry = (await ps()).models.find(({ name }) => name === 'sim-plain:latest');
    expect(Number(entry?.expires_at)).toBeGreaterThan(Date.now());
    decodeWhole(await post('/api/show', showRequest('sim-plain')), show);
    const stopped = decodeLoad(await post('/api/generate', generateRequest('sim-plain', { keep_alive: '0s' })));
    expect(stopped.done_reason).toBe('unload');
    expect((await ps()).models.map(({ name }) => name)).not.toContain('sim-plain:latest');
    expect(errorOf(await post('/api/generate', generateRequest('nope', { keep_alive: '0s' })))).toContain('not found');
  });

  it('rm and cp show a one-line error', async () => {
    decodeWhole(await post('/api/show', showRequest('sim-chat')), show);
    const remove = JSON.stringify({ model: '', name: 'sim-chat' });
    expect(errorOf(await setup.ask('/api/delete', remove, { method: 'DELETE', headers }))).toContain('not supported');
    expect(errorOf(await post('/api/copy', { source: 'sim-chat', destination: 'mine' }))).toContain('not supported');
  });

  it('works without an account', async () => {
    const status = decodeWhole(
      await setup.ask('/api/status', undefined, { headers }),
      is.struct({ cloud: is.struct({ disabled: is.boolean, source: is.string }) }),
    );
    expect(status.cloud.disabled).toBe(true);
    expect(errorOf(await setup.ask('/api/me', '', { method: 'POST', headers }))).not.toBe('');
    const recommended = await setup.ask('/api/experimental/model-recommendations', undefined, { headers });
    decodeWhole(recommended, is.struct({ recommendations: is.list(is.struct({ model: is.string })) }));
  });
});
