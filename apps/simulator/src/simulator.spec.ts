import { describe, expect, it } from 'vitest';
import { question, send, sendWith, sendJson, startSimulator, until } from '../test/support.js';

describe('routes', () => {
  it.each(['/chat/completions', '/../chat/completions'])(
    'answers with and without the version in the path',
    async (path) => {
      const simulator = await startSimulator();
      const { status } = await send(simulator, path, question('Hi'));
      expect(status).toBe(200);
    },
  );

  it('refuses what is too much', async () => {
    const simulator = await startSimulator();
    const { status } = await send(simulator, '/completions', { model: 'sim-chat', prompt: 'Hi', logprobs: 2 ** 53 });
    expect(status).toBe(400);
  });

  it('lists its models with what they can do', async () => {
    const simulator = await startSimulator();
    const list = await sendJson(simulator, '/models');
    expect(list.data.map((model: { id: string }) => model.id)).toEqual([
      'sim-chat',
      'sim-reason',
      'sim-vision',
      'sim-plain',
      'sim-embed',
      'vendor/sim-large:free',
    ]);
    const vision = list.data[2];
    expect(vision).toMatchObject({ context_length: 16_384, architecture: { input_modalities: ['text', 'image'] } });
    expect(vision.supported_parameters).toContain('tools');
  });

  it('lists only what OpenAI lists in the plain catalogue', async () => {
    const simulator = await startSimulator({ catalogue: 'plain' });
    const list = await sendJson(simulator, '/models');
    expect(Object.keys(list.data[0])).toEqual(['id', 'object', 'created', 'owned_by']);
  });

  it.each(['vendor/sim-large:free', 'vendor%2Fsim-large%3Afree'])('finds the model %s', async (id) => {
    const simulator = await startSimulator();
    expect(await sendJson(simulator, `/models/${id}`)).toMatchObject({ id: 'vendor/sim-large:free' });
  });

  it.each([
    ['/models/none', undefined],
    ['/chat/completions', question('Hi', { model: 'none' })],
    ['/completions', { model: 'none', prompt: 'Hi' }],
    ['/embeddings', { model: 'none', input: 'Hi' }],
  ])('refuses an unknown model at %s', async (path, body) => {
    const simulator = await startSimulator();
    const { status, text } = await send(simulator, path, body);
    expect(status).toBe(404);
    expect(JSON.parse(text)).toEqual({
      error: {
        message: 'The model `none` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    });
  });

  it.each([
    ['/nothing', undefined, 404],
    ['/chat/completions', undefined, 404],
    ['/nothing', {}, 404],
    ['/chat/completions', 'no json', 400],
    ['/chat/completions', '[]', 400],
    ['/chat/completions', { model: 'sim-chat' }, 400],
    ['/chat/completions', { model: 'sim-chat', messages: [] }, 400],
    ['/chat/completions', { messages: [] }, 400],
    ['/completions', { model: 'sim-chat' }, 400],
    ['/embeddings', { model: 'sim-embed' }, 400],
    ['/embeddings', { model: 'sim-chat', input: 'x' }, 403],
    ['/chat/completions', question('Hi', { model: 'sim-embed' }), 404],
  ])('refuses %s %j with %i', async (path, body, status) => {
    const simulator = await startSimulator();
    const received = await send(simulator, path, body);
    expect(received.status).toBe(status);
    expect(JSON.parse(received.text)).toHaveProperty('error.message');
  });
});

describe('key', () => {
  it.each([
    [{}, 401],
    [{ authorization: 'Bearer wrong-key-123' }, 401],
    [{ authorization: 'Bearer right' }, 200],
  ])('answers %j with %i', async (headers, status) => {
    const simulator = await startSimulator({ apiKey: 'right' });
    const received = await sendWith(simulator, '/models', { headers: headers });
    expect(received.status).toBe(status);
    expect(received.text).not.toContain('wrong-key-123');
  });
});

describe('memory', () => {
  it('records method, path, headers and body, and forgets on reset', async () => {
    const simulator = await startSimulator();
    await sendWith(simulator, '/chat/completions?x=1', { body: question('Hi'), headers: { 'x-trace': 'abc' } });
    expect(simulator.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/chat/completions?x=1',
        headers: { 'x-trace': 'abc' },
        body: question('Hi'),
        aborted: false,
        finished: true,
      },
    ]);
    simulator.reset();
    expect(simulator.requests).toEqual([]);
  });

  it('keeps only the newest requests', async () => {
    const simulator = await startSimulator({ maxRequests: 2 });
    for (const id of ['a', 'b', 'c']) await send(simulator, `/models/${id}`);
    expect(simulator.requests.map((entry) => entry.path)).toEqual(['/v1/models/b', '/v1/models/c']);
  });

  it('notices at once that the caller left', async () => {
    const simulator = await startSimulator();
    const body = question('@sim {"tokens":1000,"tokenDelayMs":10}\nHi', { stream: true });
    const before = Date.now();
    await sendWith(simulator, '/chat/completions', {
      body,
      onStart: (call) => setTimeout(() => call.destroy(), 60),
    });
    await until(() => simulator.requests[0]?.aborted === true);
    expect(simulator.requests[0]?.finished).toBe(false);
    expect((simulator.requests[0]?.abortedAt ?? 0) - before).toBeLessThan(1000);
    await until(() => simulator.openSockets() === 0);
  });

  it('stops making an answer when the caller stops reading and leaves', async () => {
    const simulator = await startSimulator();
    const body = question('@sim {"hugeBytes":50000000}\nHi', { stream: true });
    const pending = sendWith(simulator, '/chat/completions', {
      body,
      onStart: (call) => {
        call.prependListener('response', (response) => {
          response.once('data', () => response.pause());
          setTimeout(() => call.destroy(), 50);
        });
      },
    });
    const received = await pending;
    expect(received.text.length).toBeLessThan(50_000_000);
    await until(() => simulator.requests[0]?.aborted === true);
  });

  it('counts open sockets, and close destroys them', async () => {
    const simulator = await startSimulator();
    simulator.next({ hang: 'before-headers' });
    const pending = send(simulator, '/chat/completions', question('Hi'));
    await until(() => simulator.openSockets() === 1);
    await simulator.close();
    expect((await pending).error).toBe('ECONNRESET');
    expect(simulator.openSockets()).toBe(0);
  });
});
