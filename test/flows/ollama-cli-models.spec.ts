import { describe, expect, it } from 'vitest';
import type { Seen } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';
import { errorOf } from './support.js';

const setup = withProxy({ dialect: 'strictest' }, { MODEL_STORE: 'memory' });

const headers = {
  'content-type': 'application/json',
  accept: 'application/x-ndjson',
  'user-agent': 'ollama/0.40.2 (amd64 linux) Go/go1.26.0',
};
const send = (method: string, path: string, body?: object): Promise<Seen> =>
  setup.ask(path, body && JSON.stringify(body), { method, headers });

/** The command line reads the Modelfile itself and sends its parts; each command begins with HEAD /. */
const create = (model: string, fields: object): Promise<Seen> => send('POST', '/api/create', { model, ...fields });
const show = async (name: string): Promise<Record<string, unknown>> =>
  JSON.parse(
    (await send('POST', '/api/show', { model: '', system: '', template: '', verbose: false, options: null, name }))
      .text,
  ) as Record<string, unknown>;
const listed = async (path: string): Promise<string[]> => {
  const { models } = JSON.parse((await send('GET', path)).text) as { models: { name: string; digest: string }[] };
  // The command line cuts the digest without looking.
  for (const { digest } of models) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  return models.map(({ name }) => name);
};
const generate = (model: string, fields: object): Promise<Seen> =>
  send('POST', '/api/generate', { model, prompt: '', suffix: '', system: '', template: '', options: {}, ...fields });
const sentMessages = (): unknown => setup.lastBody().messages;

const last = ({ lines }: Seen): unknown => lines.at(-1);

describe('ollama create', () => {
  it.each<[string, object, (shown: Record<string, unknown>) => unknown, unknown]>([
    [
      'FROM',
      { from: 'sim-chat' },
      (shown) => (shown.details as { parent_model: string }).parent_model,
      'sim-chat:latest',
    ],
    ['SYSTEM', { from: 'sim-chat', system: 'Be kind.' }, ({ system }) => system, 'Be kind.'],
    [
      'PARAMETER',
      { from: 'sim-chat', parameters: { temperature: 0.3, stop: ['a', 'b'] } },
      ({ parameters }) => parameters,
      'stop                           "a"\nstop                           "b"\ntemperature                    0.3',
    ],
    [
      'TEMPLATE',
      { from: 'sim-chat', template: 'Q {{ .Prompt }} A ' },
      ({ template }) => template,
      'Q {{ .Prompt }} A ',
    ],
    [
      'MESSAGE',
      { from: 'sim-chat', messages: [{ role: 'user', content: 'a' }] },
      ({ messages }) => messages,
      [{ role: 'user', content: 'a' }],
    ],
    ['LICENSE', { from: 'sim-chat', license: ['one', 'two'] }, ({ license }) => license, 'one\ntwo'],
  ])('-f Modelfile with %s', async (_instruction, fields, read, expected) => {
    expect((await send('HEAD', '/')).status).toBe(200);
    const seen = await create('mine', fields);
    // Each line is printed; the progress ends with this word.
    expect(last(seen)).toEqual({ status: 'success' });
    expect(seen.text.endsWith('\n') && !seen.text.includes('\n\n')).toBe(true);
    expect(read(await show('mine'))).toEqual(expected);
    await send('DELETE', '/api/delete', { model: '', name: 'mine' });
  });

  it('with a file of weights prints what to do instead', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(errorOf(await setup.ask(`/api/blobs/${digest}`, 'GGUF', { headers }))).toContain('FROM has to name a model');
    expect(errorOf(await create('mine', { files: { 'm.gguf': digest } }))).toContain('FROM has to name a model');
    expect(errorOf(await create('mine', { from: 'sim-chat', quantize: 'q4_K_M' }))).toContain('quantization');
  });
});

describe('a session', () => {
  it('create, list, run, ps, stop, cp, rm', async () => {
    await create('pirate', { from: 'sim-chat', system: 'Arr.' });
    expect(await listed('/api/tags')).toContain('pirate:latest');
    await generate('pirate', { prompt: 'Hi' });
    expect(sentMessages()).toEqual([
      { role: 'system', content: 'Arr.' },
      { role: 'user', content: 'Hi' },
    ]);
    expect(await listed('/api/ps')).toContain('pirate:latest');
    expect(last(await generate('pirate', { keep_alive: '0s' }))).toMatchObject({ done_reason: 'unload' });
    expect(await listed('/api/ps')).not.toContain('pirate:latest');

    expect((await send('POST', '/api/copy', { source: 'pirate', destination: 'corsair' })).status).toBe(200);
    expect(errorOf(await send('POST', '/api/copy', { source: 'nope', destination: 'x' }))).toBe(
      'model "nope" not found',
    );
    for (const name of ['pirate', 'corsair']) {
      await show(name);
      await generate(name, { keep_alive: '0s' });
      expect((await send('DELETE', '/api/delete', { model: '', name })).status).toBe(200);
    }
    expect(await listed('/api/tags')).not.toEqual(expect.arrayContaining(['pirate:latest']));
    expect(errorOf(await send('DELETE', '/api/delete', { model: '', name: 'pirate' }))).toContain('not found');
  });

  it('/save keeps the session, and /load goes on with it', async () => {
    const turns = [
      { role: 'user', content: 'My name is Ann.' },
      { role: 'assistant', content: 'Hello Ann.', thinking: 'a name' },
    ];
    const saved = await create('talk', {
      from: 'sim-chat',
      system: 'Be short.',
      parameters: { temperature: 0.2 },
      messages: turns,
    });
    expect(last(saved)).toEqual({ status: 'success' });

    const shown = await show('talk');
    expect(shown).toMatchObject({ system: 'Be short.', messages: turns, details: { parent_model: 'sim-chat:latest' } });
    expect(last(await generate('talk', { keep_alive: '5m0s', think: null }))).toMatchObject({ done_reason: 'load' });
    const chat = { model: 'talk', messages: [{ role: 'user', content: 'Who am I?' }], format: '', options: {} };
    expect(last(await send('POST', '/api/chat', chat))).toMatchObject({ done: true });
    expect(sentMessages()).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'My name is Ann.' },
      { role: 'assistant', content: 'Hello Ann.' },
      { role: 'user', content: 'Who am I?' },
    ]);
    expect(setup.lastBody().temperature).toBe(0.2);

    // Saved again under its own name, with the parent that was shown.
    const again = await create('talk', { from: 'sim-chat:latest', messages: [...turns, ...chat.messages] });
    expect(last(again)).toEqual({ status: 'success' });
    expect((await show('talk')).messages).toHaveLength(3);
  });

  it('/save to a name that is taken or invalid prints why', async () => {
    expect(errorOf(await create('sim-chat', { from: 'sim-chat' }))).toContain('choose another name');
    // The command line looks for these words and goes on.
    expect(errorOf(await create('bad name!', { from: 'sim-chat' }))).toContain('invalid model name');
  });
});

describe('Open WebUI', () => {
  it('builds, copies and deletes models on its admin page', async () => {
    const form = {
      model: 'helper:latest',
      from: 'sim-chat:latest',
      system: 'Help.',
      parameters: { stop: 'END' },
      stream: true,
    };
    const built = await setup.ask('/api/create', form);
    expect(last(built)).toEqual({ status: 'success' });
    const older = await setup.ask('/api/create', {
      name: 'older',
      modelfile: 'FROM sim-chat:latest\nPARAMETER temperature 0.7\nSYSTEM """Help."""',
      stream: true,
    });
    expect(last(older)).toEqual({ status: 'success' });
    expect(await listed('/api/tags')).toEqual(expect.arrayContaining(['helper:latest', 'older:latest']));
    await setup.ask('/api/chat', { model: 'helper:latest', messages: [{ role: 'user', content: 'Hi' }] });
    expect(setup.lastBody()).toMatchObject({ messages: [{ content: 'Help.' }, { content: 'Hi' }] });
    expect((await setup.ask('/api/copy', { source: 'helper:latest', destination: 'second' })).status).toBe(200);
    for (const body of [{ name: 'helper:latest' }, { model: 'second' }])
      expect((await setup.ask('/api/delete', body, { method: 'DELETE' })).status).toBe(200);
  });
});

describe('Continue', () => {
  it('reads the context length and the stop sequences of a model that was made for it', async () => {
    await create('coder', { from: 'sim-chat', parameters: { num_ctx: 8192, stop: ['<end>'] } });
    const { parameters, template } = await show('coder');
    const values = String(parameters)
      .split('\n')
      .map((line) => /^(\S+)\s+((?:".*")|\S+)$/.exec(line)?.slice(1));
    expect(values).toEqual([
      ['num_ctx', '8192'],
      ['stop', '"<end>"'],
    ]);
    expect(String(template)).not.toContain('.Suffix');
    await setup.ask('/api/chat', { model: 'coder', messages: [{ role: 'user', content: 'Hi' }] });
    expect(setup.lastBody().messages).toEqual([{ role: 'user', content: 'Hi' }]);
  });
});
