import { describe, expect, it } from 'vitest';
import { DEFAULT_MODELS, RESPONSES_MODELS } from '../../apps/simulator/src/simulator.js';
import { withProxy } from '../support/with-proxy.js';

const tools = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  },
];
const hi = [{ role: 'user', content: 'Hi' }];

type Line = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

describe('a model that chat completions refuse', () => {
  const setup = withProxy({
    apis: ['chat', 'responses'],
    models: [...DEFAULT_MODELS, ...RESPONSES_MODELS],
    catalogue: 'plain',
  });
  const paths = () => setup.simulator.requests.filter(({ method }) => method === 'POST').map(({ path }) => path);

  it('is asked over the Responses API from the second request on', async () => {
    const first = await setup.ask('/api/chat', { model: 'sim-codex', messages: hi, stream: false });
    expect(first.lines[0]).toMatchObject({
      done: true,
      message: { content: expect.stringContaining('You said: "Hi"') },
    });
    expect(paths()).toEqual(['/v1/chat/completions', '/v1/responses']);
    setup.simulator.reset();
    await setup.ask('/api/chat', { model: 'sim-codex', messages: hi, stream: false });
    await setup.ask('/api/chat', { model: 'sim-chat', messages: hi, stream: false });
    expect(paths()).toEqual(['/v1/responses', '/v1/chat/completions']);
    const shown = await setup.ask('/api/show', { model: 'sim-codex', verbose: true });
    expect(JSON.stringify(shown.lines[0])).toMatch(/api: responses \(expires in \d+ s\)/);
  });

  it('streams thinking, text and usage', async () => {
    const { lines } = await setup.ask('/api/chat', { model: 'sim-codex', messages: hi, think: true });
    const chunks = lines as Line[];
    expect(chunks.map(({ message }) => message.thinking ?? '').join('')).toContain('Let me think');
    expect(chunks.map(({ message }) => message.content).join('')).toContain('You said: "Hi"');
    expect(chunks.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
    expect(chunks.at(-1)?.eval_count).toBeGreaterThan(10);
    expect(setup.lastBody()).toMatchObject({ reasoning: { effort: 'medium', summary: 'auto' }, store: false });
  });

  it('calls tools, and gets their results', async () => {
    const ask = async (messages: object[]): Promise<Line> => {
      const { lines } = await setup.ask('/api/chat', { model: 'sim-pro', messages, tools, stream: false });
      return (lines[0] as Line).message;
    };
    const { tool_calls: calls } = await ask([{ role: 'user', content: 'get_weather please' }]);
    expect(calls).toMatchObject([{ function: { name: 'get_weather' } }]);
    const { content } = await ask([
      { role: 'user', content: 'get_weather please' },
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'tool', tool_name: 'get_weather', content: '21 degrees' },
    ]);
    expect(content).toContain('The tool get_weather says: "21 degrees"');
  });

  it('stops at stop sequences, and shows what the API does not have', async () => {
    const messages = [{ role: 'user', content: '@sim {"text":"one two three","thinking":""}\nHi' }];
    const options = { stop: ['two'], seed: 1, num_predict: 5 };
    const { lines } = await setup.ask('/api/chat', { model: 'sim-codex', messages, options, stream: false });
    expect(lines[0]).toMatchObject({ message: { content: 'one ' }, done_reason: 'stop' });
    expect(setup.lastBody()).toMatchObject({ max_output_tokens: 16 });
    const shown = await setup.ask('/api/show', { model: 'sim-codex', verbose: true });
    expect(JSON.stringify(shown.lines[0])).toContain('not sent: seed');
  });

  it.each([
    ['reaches its limit', { finish: 'length' }, 'length'],
    ['is filtered', { finish: 'content_filter' }, 'content_filter'],
  ])('has the done reason when it %s', async (_case, script, reason) => {
    const messages = [{ role: 'user', content: `@sim ${JSON.stringify(script)}\nHi` }];
    const { lines } = await setup.ask('/api/chat', { model: 'sim-codex', messages, stream: false });
    expect(lines[0]).toMatchObject({ done_reason: reason });
  });

  it.each([
    { errorEvent: 'Lost the GPU', after: 6 },
    { cut: 'between-events', after: 8 },
    { cut: 'clean', after: 8 },
    { noFinish: true },
    { malformed: true, after: 6 },
  ])('fails when its stream does: %j', async (script) => {
    const messages = [{ role: 'user', content: `@sim ${JSON.stringify(script)}\nHi` }];
    const { lines } = await setup.ask('/api/chat', { model: 'sim-codex', messages });
    expect(lines.at(-1)).toMatchObject({ error: expect.any(String) });
    expect(lines.some((line) => (line as Line).done)).toBe(false);
  });

  it('answers a stream request with one object', async () => {
    const messages = [{ role: 'user', content: '@sim {"json":true,"text":"whole"}\nHi' }];
    const { lines } = await setup.ask('/api/chat', { model: 'sim-codex', messages });
    expect(lines.map((line) => (line as Line).message.content).join('')).toBe('whole');
    expect(lines.at(-1)).toMatchObject({ done: true });
  });

  it('has schemas, images and generated text', async () => {
    const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] };
    const { lines } = await setup.ask('/api/generate', {
      model: 'sim-codex',
      prompt: 'Who?',
      format: schema,
      stream: false,
    });
    expect(JSON.parse((lines[0] as Line).response)).toEqual({ age: expect.any(Number) });
    const json = await setup.ask('/api/generate', {
      model: 'sim-codex',
      system: 'Be brief',
      prompt: 'Who?',
      format: 'json',
      stream: false,
    });
    expect(JSON.parse((json.lines[0] as Line).response)).toMatchObject({ said: 'Who?' });
    const images = ['iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='];
    const seen = await setup.ask('/api/generate', { model: 'sim-codex', prompt: 'See', images, stream: false });
    expect((seen.lines[0] as Line).response).toContain('I see 1 image (image/png)');
  });

  it('is reached by chat completions of clients', async () => {
    const whole = await setup.ask('/v1/chat/completions', { model: 'sim-codex', messages: hi, stop: ['zzz'] });
    expect(whole.lines[0]).toMatchObject({
      object: 'chat.completion',
      model: 'sim-codex',
      choices: [
        { message: { role: 'assistant', content: expect.stringContaining('You said: "Hi"') }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: expect.any(Number) },
    });
    const cut = [{ role: 'user', content: '@sim {"text":"one two three","thinking":""}\nHi' }];
    const body = {
      model: 'sim-codex',
      messages: cut,
      stream: true,
      stop: 'two',
      stream_options: { include_usage: true },
    };
    const { text } = await setup.ask('/v1/chat/completions', body);
    expect(text).toContain('"content":"one "');
    expect(text).not.toContain('three');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    const several = await setup.ask('/v1/chat/completions', { model: 'sim-codex', messages: hi, n: 2 });
    expect(several).toMatchObject({ status: 400 });
  });

  it('is reached by the Messages API', async () => {
    const { lines } = await setup.ask('/v1/messages', { model: 'sim-codex', max_tokens: 500, messages: hi });
    expect(lines[0]).toMatchObject({ type: 'message', content: [{ type: 'text' }], stop_reason: 'end_turn' });
  });

  it('uses the Responses API for requests with tools alone where only those are refused', async () => {
    const ask = (more: object) => setup.ask('/api/chat', { model: 'sim-tools', messages: hi, stream: false, ...more });
    await ask({ tools });
    setup.simulator.reset();
    await ask({});
    await ask({ tools });
    expect(paths()).toEqual(['/v1/chat/completions', '/v1/responses']);
  });

  it('keeps the embeddings of the same upstream as they are', async () => {
    const { status } = await setup.ask('/api/embed', { model: 'sim-embed', input: 'Hi' });
    expect([status, paths()]).toEqual([200, ['/v1/embeddings']]);
  });
});

describe('an upstream without the Responses API', () => {
  const setup = withProxy({ models: RESPONSES_MODELS, catalogue: 'plain' });

  it("answers with the chat completions' own refusal", async () => {
    const { status, lines } = await setup.ask('/api/chat', { model: 'sim-pro', messages: hi, stream: false });
    expect([status, lines]).toEqual([
      404,
      [{ error: 'This model is only supported in v1/responses and not in v1/chat/completions.' }],
    ]);
  });

  it('gets tools without reasoning where chat completions take them so', async () => {
    const ask = () => setup.ask('/api/chat', { model: 'sim-tools', messages: hi, tools, stream: false });
    await ask();
    expect(setup.lastBody()).toMatchObject({ reasoning_effort: 'none' });
  });
});

describe('an upstream with the Responses API alone', () => {
  const setup = withProxy({ apis: ['responses'], catalogue: 'plain' });

  it('is found to have it', async () => {
    const ask = () => setup.ask('/api/chat', { model: 'sim-reason', messages: hi, stream: false });
    expect((await ask()).status).toBe(200);
    setup.simulator.reset();
    await ask();
    expect(setup.simulator.requests.map(({ path }) => path)).toEqual(['/v1/responses']);
  });

  it('is sent nothing that its model refuses', async () => {
    const ask = () => setup.ask('/api/chat', { model: 'sim-chat', messages: hi, think: 'low', stream: false });
    expect((await ask()).status).toBe(200);
    setup.simulator.reset();
    expect((await ask()).status).toBe(200);
    expect(setup.simulator.requests).toHaveLength(1);
  });
});

describe('a model that the list has for the Responses API', () => {
  const setup = withProxy({ apis: ['chat', 'responses'], models: RESPONSES_MODELS });

  it('is never asked over chat completions', async () => {
    await setup.ask('/api/chat', { model: 'sim-codex', messages: hi, stream: false });
    await setup.ask('/v1/chat/completions', { model: 'sim-codex', messages: hi });
    expect(setup.simulator.requests.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
      '/v1/responses',
      '/v1/responses',
    ]);
  });
});
