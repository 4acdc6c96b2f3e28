import Anthropic from '@anthropic-ai/sdk';
import { createHash } from 'node:crypto';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { Seen } from '../support/ask.js';
import { ask } from '../support/ask.js';
import { chatAnswer, chatEvents, withUpstream } from '../support/scripted-upstream.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy({}, { MODEL_STORE: 'memory' });

const post = (path: string, body: object): Promise<Seen> => setup.ask(path, body);
const create = (model: string, fields: object): Promise<Seen> => post('/api/create', { model, ...fields });
const remove = (model: string): Promise<Seen> => setup.ask('/api/delete', { model }, { method: 'DELETE' });
const hi = [{ role: 'user', content: 'Hi' }];

const MARIO = {
  from: 'sim-chat',
  system: 'You are Mario.',
  parameters: { temperature: 0.5, top_p: 0.8, num_predict: 50, stop: ['END', '---'], num_ctx: 4096 },
  messages: [
    { role: 'user', content: 'Who are you?' },
    { role: 'assistant', content: 'Mario!' },
  ],
  license: ['MIT', 'Apache'],
};

describe('POST /api/create', () => {
  it('streams the steps that the command line prints', async () => {
    const { status, type, lines } = await create('mario', MARIO);
    expect([status, type]).toEqual([200, 'application/x-ndjson']);
    const steps = lines.map((line) => String(line.status).replace(/[0-9a-f]{64}/, '…'));
    expect(steps).toEqual([
      'using existing layer sha256:…',
      ...Array<string>(5).fill('creating new layer sha256:…'),
      'writing manifest',
      'success',
    ]);
    expect((await create('mario', { ...MARIO, stream: false })).lines).toEqual([{ status: 'success' }]);
  });

  it.each<[string, object, number, string]>([
    ['no name', { from: 'sim-chat' }, 400, 'invalid model name'],
    ['a bad name', { model: 'bad name!', from: 'sim-chat' }, 400, 'invalid model name'],
    ['no origin', { model: 'x' }, 400, "neither 'from' or 'files' was specified"],
    ['an unknown origin', { model: 'x', from: 'nope' }, 404, "model 'nope' not found: FROM has to name a model"],
    ['a file of weights', { model: 'x', files: { 'm.gguf': 'sha256:1' } }, 400, 'this server stores no model files'],
    ['a path', { model: 'x', from: './m.gguf' }, 400, 'this server stores no model files'],
    ['an adapter', { model: 'x', from: 'sim-chat', adapters: { a: 'sha256:1' } }, 400, 'stores no model files'],
    ['quantization', { model: 'x', from: 'sim-chat', quantize: 'q4_0' }, 400, 'quantization is not supported'],
    ['a wrong option', { model: 'x', from: 'sim-chat', parameters: { num_ctx: 'a' } }, 400, 'must be of type integer'],
    ['a template', { model: 'x', from: 'sim-chat', template: '{{ range .Messages }}' }, 400, 'template error: '],
    ['an open template', { model: 'x', from: 'sim-chat', template: '{{ .Prompt' }, 400, 'unclosed action'],
    ['mixed stops', { model: 'x', from: 'sim-chat', parameters: { stop: ['a', 1] } }, 400, 'of an array of strings'],
    ['a text as a number', { model: 'x', from: 'sim-chat', info: { context_length: '8' } }, 400, 'must be a number'],
    ['a number as a text', { model: 'x', from: 'sim-chat', info: { model_family: 8 } }, 400, 'must be a string'],
    ['a wrong type', { model: 'x', from: 1 }, 400, 'cannot unmarshal number into Go struct field CreateRequest.from'],
    ['the name of a served model', { model: 'sim-chat', from: 'sim-embed' }, 403, 'belongs to an upstream'],
  ])('refuses %s', async (_what, body, status, text) => {
    const seen = await post('/api/create', body);
    expect([seen.status, seen.lines]).toEqual([status, [{ error: expect.stringContaining(text) }]]);
  });

  it('reads the roles of messages in any case', async () => {
    await create('roles', { from: 'sim-chat', messages: [{ role: 'USER', content: 'a' }] });
    expect((await post('/api/show', { model: 'roles' })).lines[0]?.messages).toEqual([{ role: 'user', content: 'a' }]);
  });

  it('reads a Modelfile, as old clients send it', async () => {
    const modelfile =
      '# a comment\nFROM sim-chat\nSYSTEM """You are\nLuigi."""\nPARAMETER temperature 0.1\nPARAMETER stop "a b"\nPARAMETER stop c\nMESSAGE user Hello\n';
    expect((await post('/api/create', { name: 'luigi', modelfile, stream: false })).status).toBe(200);
    expect((await post('/api/show', { name: 'luigi' })).lines[0]).toMatchObject({
      system: 'You are\nLuigi.',
      parameters:
        'stop                           "a b"\nstop                           "c"\ntemperature                    0.1',
      messages: [{ role: 'user', content: 'Hello' }],
    });
  });
});

describe('a virtual model', () => {
  it('is shown with all of its parts', async () => {
    await create('mario', MARIO);
    const [shown] = (await post('/api/show', { model: 'mario', verbose: true })).lines;
    expect(shown).toMatchObject({
      license: 'MIT\nApache',
      system: 'You are Mario.',
      messages: MARIO.messages,
      details: { parent_model: 'sim-chat:latest', family: 'sim' },
      capabilities: ['completion', 'tools'],
      model_info: { 'proxy.upstreams': [{ model: 'sim-chat' }] },
    });
    expect(shown?.modelfile).toBe(
      '# Modelfile generated by "ollama show"\n# To build a new Modelfile based on this, replace FROM with:\n# FROM mario:latest\n\n' +
        'FROM sim-chat:latest\nSYSTEM You are Mario.\nPARAMETER num_ctx 4096\nPARAMETER num_predict 50\nPARAMETER stop END\nPARAMETER stop ---\n' +
        'PARAMETER temperature 0.5\nPARAMETER top_p 0.8\nLICENSE MIT\nLICENSE Apache\nMESSAGE user Who are you?\nMESSAGE assistant Mario!\n',
    );
    expect(shown?.parameters).toContain('temperature                    0.5');
  });

  it.each<[string, object]>([
    ['of its instructions', {}],
    [
      'of what no instruction can express',
      {
        from: 'sim-vision',
        system: 'Write\n"""\nlike this\n"""\r\n',
        messages: [
          { role: 'user', content: 'What?', images: ['iVBORw0KGgo='] },
          { role: 'assistant', content: '', tool_calls: [{ function: { name: 'look', arguments: { at: 1 } } }] },
          { role: 'tool', content: 'a dot', tool_name: 'look' },
        ],
        parameters: { stop: ['"""\n'], own: [1, 2] },
        info: { capabilities: ['completion', 'tools'] },
      },
    ],
  ])('can be made again from the Modelfile that is shown: %s', async (_what, fields) => {
    await create('mario', { ...MARIO, ...fields });
    const [before] = (await post('/api/show', { model: 'mario' })).lines;
    await post('/api/create', { model: 'again', modelfile: before?.modelfile });
    const [after] = (await post('/api/show', { model: 'again' })).lines;
    const { modelfile: _first, modified_at: _made, ...parts } = before ?? {};
    expect(after).toMatchObject(parts);
  });

  it('of a served model that is shown needs no template of its own', async () => {
    const [served] = (await post('/api/show', { model: 'sim-chat' })).lines;
    await post('/api/create', { model: 'same', modelfile: served?.modelfile });
    await post('/api/chat', { model: 'same', messages: hi });
    expect(setup.simulator.requests.at(-1)?.path).toBe('/v1/chat/completions');
  });

  it('is in every list until it is deleted', async () => {
    await create('Listed', MARIO);
    const names = async (path: string, key: string, field: string) =>
      ((await setup.ask(path)).lines[0]?.[key] as Record<string, unknown>[]).map((entry) => entry[field]);
    expect(await names('/api/tags', 'models', 'name')).toContain('Listed:latest');
    expect(await names('/v1/models', 'data', 'id')).toContain('Listed:latest');
    expect((await setup.ask('/v1/models/listed')).status).toBe(200);
    await post('/api/generate', { model: 'listed', prompt: '' });
    expect(await names('/api/ps', 'models', 'name')).toContain('Listed:latest');
    expect((await post('/api/pull', { model: 'LISTED', stream: false })).lines).toEqual([{ status: 'success' }]);
    expect(await remove('listed')).toMatchObject({ status: 200, text: '' });
    expect(await names('/api/tags', 'models', 'name')).not.toContain('Listed:latest');
    expect(await names('/api/ps', 'models', 'name')).not.toContain('Listed:latest');
    expect((await post('/api/chat', { model: 'listed', messages: hi })).lines).toEqual([
      { error: "model 'listed' not found" },
    ]);
  });

  it('is copied with its digest, and a copy of a served model adds nothing', async () => {
    await create('mario', MARIO);
    expect(await post('/api/copy', { source: 'mario', destination: 'mario2' })).toMatchObject({
      status: 200,
      text: '',
    });
    const { models } = JSON.parse((await setup.ask('/api/tags')).text) as {
      models: { name: string; digest: string }[];
    };
    const digestOf = (name: string) => models.find((model) => model.name === name)?.digest;
    expect(digestOf('mario2:latest')).toBe(digestOf('mario:latest'));
    await post('/api/copy', { source: 'sim-chat', destination: 'mine' });
    await post('/api/chat', { model: 'mine', messages: hi, stream: false });
    expect(setup.lastBody()).toEqual({ model: 'sim-chat', messages: hi });
  });

  it('passes on what it has to models that are made from it', async () => {
    await create('mario', MARIO);
    await create('son', { from: 'mario', parameters: { temperature: 0.9 }, license: 'BSD' });
    await create('son', { from: 'son', system: 'You are his son.' });
    await remove('mario');
    const [shown] = (await post('/api/show', { model: 'son' })).lines;
    expect(shown).toMatchObject({
      system: 'You are his son.',
      license: 'MIT\nApache\nBSD',
      messages: MARIO.messages,
      details: { parent_model: 'son:latest' },
    });
    expect(shown?.parameters).toContain('temperature                    0.9');
    expect(shown?.parameters).toContain('top_p                          0.8');
    expect(shown?.modelfile).toContain('FROM sim-chat:latest');
  });

  it('can have other capabilities than its upstream reports', async () => {
    await create('plain', { from: 'sim-chat', info: { capabilities: ['completion'] } });
    expect((await post('/api/show', { model: 'plain' })).lines[0]?.capabilities).toEqual(['completion']);
    const tools = [{ type: 'function', function: { name: 'f' } }];
    expect((await post('/api/chat', { model: 'plain', messages: hi, tools })).lines).toEqual([
      { error: 'registry.ollama.ai/library/plain:latest does not support tools' },
    ]);
  });
});

const SEEDED = [{ role: 'system', content: 'You are Mario.' }, ...MARIO.messages, ...hi];
const DEFAULTS = { temperature: 0.5, top_p: 0.8, stop: ['END', '---'], max_tokens: 50 };

describe('requests to a virtual model', () => {
  it.each<[string, object, object]>([
    ['/api/chat', { messages: hi }, { messages: SEEDED, ...DEFAULTS }],
    ['/api/generate', { prompt: 'Hi' }, { messages: SEEDED, ...DEFAULTS }],
    ['/v1/chat/completions', { messages: hi }, { messages: SEEDED, ...DEFAULTS }],
    ['/v1/completions', { prompt: 'Hi' }, { prompt: 'You are Mario.\n\nWho are you?\n\nMario!\n\nHi', ...DEFAULTS }],
    ['/api/generate', { prompt: 'Hi', raw: true }, { prompt: 'Hi', ...DEFAULTS }],
    ['/v1/messages', { messages: hi, max_tokens: 9 }, { messages: SEEDED, ...DEFAULTS, max_tokens: 9 }],
    ['/v1/responses', { input: 'Hi' }, { messages: SEEDED, ...DEFAULTS }],
    ['/api/embed', { input: 'Hi' }, { input: ['Hi'] }],
    ['/v1/embeddings', { input: 'Hi' }, { input: 'Hi' }],
  ])('of %s begin with what it has: %j', async (path, body, sent) => {
    const isEmbedding = path.includes('embed');
    await create('mario', { ...MARIO, ...(isEmbedding && { from: 'sim-embed' }) });
    const { status } = await post(path, { model: 'mario', stream: false, ...body });
    expect(status).toBe(200);
    expect(setup.lastBody()).toMatchObject({ model: isEmbedding ? 'sim-embed' : 'sim-chat', ...sent });
  });

  it.each<[string, object, object]>([
    [
      '/api/chat',
      {
        messages: [{ role: 'system', content: 'Mine.' }, ...hi],
        options: { temperature: 0, stop: ['x'], num_predict: 5 },
      },
      { temperature: 0, top_p: 0.8, stop: ['x'], max_tokens: 5 },
    ],
    ['/api/generate', { prompt: 'Hi', system: 'Mine.', options: { top_p: 0.1 } }, { temperature: 0.5, top_p: 0.1 }],
    [
      '/v1/chat/completions',
      { messages: [{ role: 'system', content: 'Mine.' }, ...hi], max_completion_tokens: 5, temperature: 1 },
      { temperature: 1, max_completion_tokens: 5 },
    ],
    [
      '/v1/messages',
      { system: 'Mine.', messages: hi, max_tokens: 7, stop_sequences: ['y'] },
      { stop: ['y'], temperature: 0.5 },
    ],
    ['/v1/responses', { instructions: 'Mine.', input: 'Hi', temperature: 0.3 }, { temperature: 0.3, top_p: 0.8 }],
  ])('of %s keep what the client sent', async (path, body, sent) => {
    await create('mario', MARIO);
    expect((await post(path, { model: 'mario', stream: false, ...body })).status).toBe(200);
    const last = setup.lastBody();
    expect(last).toMatchObject(sent);
    expect(last.messages).toEqual([{ role: 'system', content: 'Mine.' }, ...MARIO.messages, ...hi]);
    if (path === '/v1/chat/completions') expect(last).not.toHaveProperty('max_tokens');
  });

  it('whose stored messages hold calls and images arrive whole', async () => {
    const png = 'iVBORw0KGgo=';
    const messages = [
      { role: 'user', content: 'What?', images: [png] },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'look', arguments: { at: 1 } } }] },
      { role: 'tool', content: 'a dot', tool_name: 'look' },
    ];
    await create('rich', { from: 'sim-vision', messages });
    for (const path of ['/api/chat', '/v1/chat/completions', '/v1/messages']) {
      await post(path, { model: 'rich', messages: hi, max_tokens: 5, stream: false });
      const sent = setup.lastBody().messages as { role: string; content: unknown }[];
      expect(sent.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
      expect(JSON.stringify(sent)).toContain(`data:image/png;base64,${png}`);
    }
  });

  it('with a template are sent as one prompt, turn by turn', async () => {
    const template = '{{ if .System }}<s>{{ .System }}</s>{{ end }}<u>{{ .Prompt }}</u><a>{{ .Response }}</a>';
    await create('text', { ...MARIO, template });
    const prompt = '<s>You are Mario.</s><u>Who are you?</u><a>Mario!</a><u>Hi</u><a>';
    for (const [path, body] of [
      ['/api/chat', { messages: hi }],
      ['/api/generate', { prompt: 'Hi' }],
      ['/v1/completions', { prompt: 'Hi' }],
    ] as const) {
      const seen = await post(path, { model: 'text', ...body });
      expect(setup.simulator.requests.at(-1)?.path).toBe('/v1/completions');
      expect(setup.lastBody().prompt).toBe(prompt);
      expect(seen.status).toBe(200);
      if (path !== '/v1/completions') expect(seen.lines.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
    }
    const tools = [{ type: 'function', function: { name: 'f' } }];
    for (const path of ['/api/chat', '/v1/chat/completions', '/v1/messages']) {
      await post(path, { model: 'text', messages: hi, max_tokens: 5, tools });
      expect(setup.simulator.requests.at(-1)?.path).toBe('/v1/chat/completions');
    }
  });

  it.each([false, true])('with a template are answered in the format of their API, streamed: %j', async (stream) => {
    await create('text', { ...MARIO, template: '<u>{{ .System }} {{ .Prompt }}</u>{{ .Response }}' });
    const prompt = '<u>You are Mario. Who are you?</u>Mario!<u> Hi</u>';
    const openai = new OpenAI({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const anthropic = new Anthropic({ baseURL: setup.proxy.url, apiKey: 'none', maxRetries: 0 });
    const user = { role: 'user' as const, content: 'Hi' };
    const answers = {
      '/v1/chat/completions': async () => {
        const asked = { model: 'text', messages: [user] };
        if (!stream) return (await openai.chat.completions.create(asked)).choices[0]?.message.content;
        let text = '';
        for await (const { choices } of await openai.chat.completions.create({ ...asked, stream }))
          text += choices[0]?.delta.content ?? '';
        return text;
      },
      '/v1/messages': async () => {
        const asked = { model: 'text', messages: [user], max_tokens: 50 };
        const { content } = stream
          ? await anthropic.messages.stream(asked).finalMessage()
          : await anthropic.messages.create(asked);
        return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
      },
      '/v1/responses': async () => {
        const asked = { model: 'text', input: 'Hi' };
        return stream
          ? (await openai.responses.stream(asked).finalResponse()).output_text
          : (await openai.responses.create(asked)).output_text;
      },
    };
    for (const [path, answer] of Object.entries(answers)) {
      const text = await answer();
      expect(setup.simulator.requests.at(-1)?.path, path).toBe('/v1/completions');
      expect(setup.lastBody(), path).toMatchObject({ prompt, temperature: 0.5 });
      expect(text, path).toMatch(/\w/);
    }
  });
});

describe('a template of a virtual model at an upstream for chats only', () => {
  const CHAT_ONLY = 'This is a chat model and not supported in the v1/completions endpoint.';
  const SYSTEM = { role: 'system', content: 'You are Mario.' };
  const rejections: [number, object][] = [
    [404, { error: { message: CHAT_ONLY, type: 'invalid_request_error', param: 'model', code: null } }],
    [400, { error: { message: 'The completions endpoint is not supported for this model' } }],
    [404, { detail: 'Not Found' }],
    [405, { detail: 'Method Not Allowed' }],
    [501, {}],
  ];
  const requests: [string, object][] = [
    ['/api/chat', { messages: hi }],
    ['/api/generate', { prompt: 'Hi' }],
    ['/v1/chat/completions', { messages: hi }],
    ['/v1/messages', { messages: hi, max_tokens: 9 }],
    ['/v1/responses', { input: 'Hi' }],
  ];
  const cases = requests.flatMap(([path, body], at) =>
    [false, true].map((stream) => ({ path, body: { ...body, stream }, rejection: rejections[at] ?? [404, {}] })),
  );

  it.each(cases)(
    'is replaced by its own after one rejection: $path $body.stream',
    async ({ path, body, rejection }) => {
      const upstream = await withUpstream(
        (call) => {
          if (call.path !== '/v1/chat/completions') return rejection;
          return call.body.stream === true ? chatEvents('Mamma mia', 4) : chatAnswer('Mamma mia');
        },
        { MODEL_STORE: 'memory' },
      );
      await upstream.ask('/api/create', {
        ...{ model: 'text', from: 'm', system: SYSTEM.content, parameters: { temperature: 0.5 } },
        template: '<u>{{ .System }} {{ .Prompt }}</u>{{ .Response }}',
      });
      for (const paths of [['/v1/completions', '/v1/chat/completions'], ['/v1/chat/completions']]) {
        upstream.calls.length = 0;
        const { status, text } = await upstream.ask(path, { model: 'text', ...body });
        expect([status, text]).toEqual([200, expect.stringContaining('Mamm')]);
        expect(upstream.calls.map((call) => call.path)).toEqual(paths);
        expect(upstream.calls.at(-1)?.body).toMatchObject({ messages: [SYSTEM, ...hi], temperature: 0.5 });
      }
      const shown = await upstream.ask('/api/show', { model: 'text', verbose: true });
      expect(shown.text).toContain('no-api: completions');
      expect(shown.text).toContain('not sent: TEMPLATE');
      const metrics = await upstream.ask('/metrics');
      expect(metrics.text).toMatch(/llmproxy_learned_adaptations_total\{[^}]*\} 1\n/);
    },
  );

  it('is used for other rejections, which clients get', async () => {
    const upstream = await withUpstream(() => [401, { error: { message: 'bad key' } }], { MODEL_STORE: 'memory' });
    await upstream.ask('/api/create', { model: 'text', from: 'm', template: '{{ .Prompt }}' });
    expect((await upstream.ask('/v1/chat/completions', { model: 'text', messages: hi })).text).toContain('bad key');
    expect(upstream.calls.map(({ path }) => path)).toEqual(['/v1/completions']);
  });
});

describe('models that are not virtual', () => {
  it('cannot be deleted or copied over', async () => {
    expect((await remove('sim-chat')).lines).toEqual([{ error: expect.stringContaining('belongs to an upstream') }]);
    expect((await remove('nope')).lines).toEqual([{ error: "model 'nope' not found" }]);
    const copied = await post('/api/copy', { source: 'sim-embed', destination: 'sim-chat:latest' });
    expect(copied.status).toBe(403);
  });
});

describe('POST /api/blobs', () => {
  const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

  it('checks the digest of what it gets, and keeps it', async () => {
    const path = `/api/blobs/${digestOf('hello')}`;
    expect((await setup.ask(path, undefined, { method: 'HEAD' })).status).toBe(404);
    expect((await setup.ask(path, 'hello')).status).toBe(201);
    expect((await setup.ask(path, 'hello')).status).toBe(200);
    expect((await setup.ask(path, undefined, { method: 'HEAD' })).status).toBe(200);
    expect((await setup.ask(path, 'other')).lines).toEqual([
      { error: `digest mismatch, expected "${digestOf('hello')}", got "${digestOf('other')}"` },
    ]);
    expect((await setup.ask('/api/blobs/sha256:1', 'x')).lines).toEqual([{ error: 'invalid digest format' }]);
    expect((await setup.ask('/api/blobs/sha256:1', undefined, { method: 'HEAD' })).status).toBe(400);
  });

  it('refuses weights', async () => {
    for (const weights of ['GGUF and more', 'x'.repeat(2_000_000)]) {
      const seen = await setup.ask(`/api/blobs/${digestOf(weights)}`, weights);
      expect([seen.status, seen.lines]).toEqual([413, [{ error: expect.stringContaining('stores no model files') }]]);
    }
  });
});

describe('who may change models', () => {
  const KEYS = JSON.stringify([
    { name: 'admin', key: 'admin-key-0123456789', manage: true },
    { name: 'user', key: 'user-key-0123456789' },
    { name: 'part', key: 'part-key-0123456789', manage: true, models: ['mine*', 'sim-chat'] },
    { name: 'name', key: 'name-key-0123456789', models: ['mine*', 'secret*'] },
  ]);

  it('keys with `manage`, within the models they may use', async () => {
    const proxy = await startProxy(setup.simulator.url, { MODEL_STORE: 'memory', PROXY_API_KEYS: KEYS });
    const as = (name: string, path: string, body?: object, method?: string): Promise<Seen> =>
      ask(`${proxy.url}${path}`, body, {
        headers: { authorization: `Bearer ${name}-key-0123456789` },
        ...(method && { method }),
      });
    const make = (name: string, model: string, from: string) => as(name, '/api/create', { model, from, stream: false });
    try {
      expect((await make('user', 'x', 'sim-chat')).lines).toEqual([
        { error: 'this API key may not change models: it needs "manage": true' },
      ]);
      expect((await as('user', '/api/delete', { model: 'x' }, 'DELETE')).status).toBe(403);
      expect((await make('admin', 'secret', 'sim-embed')).status).toBe(200);
      expect((await make('part', 'mine', 'sim-chat')).status).toBe(200);
      expect((await make('part', 'other', 'sim-chat')).status).toBe(404);
      expect((await make('part', 'mine2', 'sim-embed')).status).toBe(404);
      expect((await make('part', 'mine2', 'secret')).status).toBe(404);
      expect((await as('part', '/api/delete', { model: 'secret' }, 'DELETE')).status).toBe(404);
      expect((await make('admin', 'mine3', 'sim-embed')).status).toBe(200);
      expect((await make('part', 'mine3', 'sim-chat')).status, 'it may not see the base').toBe(404);
      expect((await as('part', '/api/copy', { source: 'mine', destination: 'mine3' })).status).toBe(404);
      const chat = (name: string, model: string) => as(name, '/api/chat', { model, messages: hi, stream: false });
      expect((await chat('user', 'mine')).status).toBe(200);
      expect((await chat('part', 'mine')).status).toBe(200);
      expect((await chat('name', 'mine')).status, 'the base is not allowed').toBe(404);
      for (const path of ['/api/tags', '/v1/models', '/api/ps'])
        expect((await as('name', path)).text).not.toMatch(/mine|secret/);
      const anthropic = { 'x-api-key': 'name-key-0123456789', 'anthropic-version': '2023-06-01' };
      expect((await ask(`${proxy.url}/v1/models`, undefined, { headers: anthropic })).text).not.toMatch(/mine|secret/);
      expect((await as('part', '/api/tags')).text).toContain('mine:latest');
    } finally {
      await proxy.close();
    }
  });

  it('without keys, programs on this machine only', async () => {
    const from = { model: 'x', from: 'sim-chat', stream: false };
    for (const headers of [{ 'x-forwarded-for': '10.0.0.1' }, { via: '1.1 proxy' }]) {
      const seen = await setup.ask('/api/create', from, { headers });
      expect([seen.status, seen.lines]).toEqual([403, [{ error: expect.stringContaining('only programs on') }]]);
    }
    const open = await startProxy(setup.simulator.url, { MODEL_STORE: 'memory', MODEL_STORE_OPEN: 'true' });
    const seen = await ask(`${open.url}/api/create`, from, { headers: { 'x-forwarded-for': '10.0.0.1' } });
    await open.close();
    expect(seen.status).toBe(200);
  });
});

describe('limits', () => {
  it('on the number and the size of models', async () => {
    const limits = { MODEL_STORE_MAX_MODELS: '1', MODEL_STORE_MAX_SIZE: '2000' };
    const proxy = await startProxy(setup.simulator.url, { MODEL_STORE: 'memory', ...limits });
    const make = (model: string, system = '') =>
      ask(`${proxy.url}/api/create`, { model, from: 'sim-chat', system, stream: false });
    expect((await make('one')).status).toBe(200);
    expect((await make('one', 'again')).status).toBe(200);
    expect((await make('two')).lines).toEqual([{ error: expect.stringContaining('the limit is 1 models') }]);
    expect((await make('one', 'x'.repeat(3000))).lines).toEqual([{ error: expect.stringContaining('too large') }]);
    await proxy.close();
  });
});

describe('with a mapping file', () => {
  it('its names cannot be changed, and it wins over virtual models', async () => {
    const { writeFileSync, mkdtempSync } = await import('node:fs');
    const file = `${mkdtempSync('/tmp/mapping-')}/models.json`;
    writeFileSync(file, '{"llama3":"sim-chat"}');
    const proxy = await startProxy(setup.simulator.url, { MODEL_STORE: 'memory', MODEL_MAPPING_FILE: file });
    const make = (model: string, from: string) => ask(`${proxy.url}/api/create`, { model, from, stream: false });
    expect((await make('LLAMA3:latest', 'sim-chat')).lines).toEqual([
      { error: "model 'LLAMA3:latest' is set in the mapping file: it can be changed only there" },
    ]);
    expect((await ask(`${proxy.url}/api/delete`, { name: 'llama3' }, { method: 'DELETE' })).status).toBe(403);
    expect((await make('mine', 'llama3')).status).toBe(200);
    const [shown] = (await ask(`${proxy.url}/api/show`, { model: 'mine' })).lines;
    expect(shown).toMatchObject({ details: { parent_model: 'llama3:latest' } });
    expect((await ask(`${proxy.url}/api/chat`, { model: 'mine', messages: hi, stream: false })).status).toBe(200);
    await proxy.close();
  });
});
