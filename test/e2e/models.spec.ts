import { describe, expect, it, vi } from 'vitest';
import { ask } from '../support/ask.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

describe('the root', () => {
  it('responds in the format the client accepts', async () => {
    const head = await setup.ask('/', undefined, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect((await setup.ask('/')).text).toBe('Ollama is running');
    const json = await setup.ask('/', undefined, { headers: { accept: 'application/json' } });
    expect(json.lines[0]).toMatchObject({
      status: 'Ollama is running',
      version: '0.40.2',
      endpoints: expect.arrayContaining(['POST /api/chat']),
    });
    const page = await setup.ask('/', undefined, { headers: { accept: 'text/html,*/*' } });
    expect(page.type).toContain('text/html');
  });

  it('answers version on GET and HEAD', async () => {
    expect((await setup.ask('/api/version')).lines).toEqual([{ version: '0.40.2' }]);
    expect((await setup.ask('/api/version', undefined, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('model routes', () => {
  it('lists every model with the fields that clients need', async () => {
    const { lines } = await setup.ask('/api/tags');
    const models = lines[0]?.models as Record<string, unknown>[];
    expect(models.map(({ name }) => name).sort()).toEqual([
      'sim-chat:latest',
      'sim-embed:latest',
      'sim-plain:latest',
      'sim-reason:latest',
      'sim-vision:latest',
      'vendor/sim-large:free',
    ]);
    for (const model of models) {
      expect(model).toMatchObject({
        model: model.name,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        size: expect.any(Number),
      });
    }
    expect(new Set(models.map(({ digest }) => digest)).size).toBe(models.length);
    expect((await setup.ask('/api/tags', undefined, { method: 'HEAD' })).status).toBe(200);
    const head = await setup.ask('/v1/models', undefined, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([405, '']);
  });

  it('shows a model from the list, without a call upstream', async () => {
    await setup.ask('/api/tags');
    setup.simulator.reset();
    const { lines } = await setup.ask('/api/show', { model: 'sim-reason' });
    expect(lines[0]?.capabilities).toEqual(['completion', 'tools', 'thinking']);
    expect(lines[0]?.model_info).toMatchObject({
      'general.architecture': 'sim',
      'sim.context_length': expect.any(Number),
    });
    expect(setup.simulator.requests).toHaveLength(0);
  });

  it.each([
    'sim-chat',
    'sim-chat:latest',
    'SIM-Chat',
    'library/sim-chat',
    'registry.ollama.ai/library/sim-chat:latest',
  ])('accepts %s and echoes the name', async (model) => {
    const { status, lines } = await setup.ask('/api/chat', {
      model,
      messages: [{ role: 'user', content: 'x' }],
      stream: false,
    });
    expect(status).toBe(200);
    expect(lines[0]?.model).toBe(model);
  });

  it('words an unknown model differently on each route', async () => {
    expect((await setup.ask('/api/show', { model: 'nope' })).lines).toEqual([
      { error: "model 'nope:latest' not found" },
    ]);
    const chat = await setup.ask('/api/chat', { model: 'nope', messages: [{ role: 'user', content: 'x' }] });
    expect([chat.status, chat.lines]).toEqual([404, [{ error: "model 'nope' not found" }]]);
  });

  it('lists used models under ps until their keep_alive ends', async () => {
    await setup.ask('/api/chat', {
      model: 'sim-plain',
      messages: [{ role: 'user', content: 'x' }],
      keep_alive: '10m',
    });
    const { lines } = await setup.ask('/api/ps');
    expect(lines[0]?.models).toContainEqual(
      expect.objectContaining({ name: 'sim-plain:latest', expires_at: expect.any(String) }),
    );
    await setup.ask('/api/generate', { model: 'sim-plain', keep_alive: 0 });
    expect((await setup.ask('/api/ps')).text).not.toContain('sim-plain');
  });
});

describe('routes that do not exist', () => {
  it('answers 404 and 405 as Ollama does', async () => {
    const unknown = await setup.ask('/nope');
    expect([unknown.status, unknown.text]).toEqual([404, '404 page not found']);
    const wrong = await setup.ask('/api/chat');
    expect([wrong.status, wrong.text, wrong.headers.get('allow')]).toEqual([405, '405 method not allowed', 'POST']);
  });
});

describe('the list of an upstream that is down', () => {
  it('is still served on both APIs, with its age', async () => {
    const upstream = createSimulator();
    const lone = await startProxy(await upstream.listen());
    const staleness = async (): Promise<[number, unknown][]> => {
      const answers = [
        await ask(`${lone.url}/api/tags`),
        await ask(`${lone.url}/api/show`, { model: 'sim-chat' }),
        await ask(`${lone.url}/v1/models`),
        await ask(`${lone.url}/v1/models/sim-chat`),
      ];
      return answers.map(({ status, headers }) => [status, headers.get('x-catalogue-stale')]);
    };
    try {
      expect(await staleness()).toEqual(Array(4).fill([200, null]));
      await upstream.close();
      const now = performance.now.bind(performance);
      vi.spyOn(performance, 'now').mockImplementation(() => now() + 90_000);
      // The first to ask has the list renewed behind its back.
      await ask(`${lone.url}/api/tags`);
      await vi.waitFor(async () => {
        expect(await staleness()).toEqual(Array(4).fill([200, expect.stringMatching(/^9\d$/)]));
      });
    } finally {
      vi.restoreAllMocks();
      await lone.close();
    }
  });
});
