import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { DECISION_MODELS, DEFAULT_MODELS } from '../../apps/simulator/src/simulator.js';
import { withProxy } from '../support/with-proxy.js';

const folder = mkdtempSync(join(tmpdir(), 'decisions-'));
const mapping = join(folder, 'models.json');
writeFileSync(mapping, JSON.stringify({ models: [{ name: 'judge', model: 'sim-decide' }] }));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const models = [...DEFAULT_MODELS, ...DECISION_MODELS];
const state = { text: 'The parcel has not arrived.', model: 'A4' };
const questions = {
  team: { type: 'choice', instructions: 'Who handles this?', criteria: { model: 'Parcels', Model: 'Invoices' } },
  urgent: { type: 'noul', instructions: 'Is it urgent?' },
};
const KEY = 'key-for-one-model';

describe('an upstream with decision models', () => {
  const setup = withProxy({ apis: ['chat', 'decisions'], models }, { MODEL_MAPPING_FILE: mapping });

  it('is sent /v1/systemone with the name of the model mapped', async () => {
    const body = { model: 'judge', state, questions, keep_alive: 60 };
    const seen = await setup.ask('/v1/systemone', body);
    expect(seen.status, seen.text).toBe(200);
    expect(setup.lastBody()).toEqual({ ...body, model: 'sim-decide' });
    expect(JSON.parse(seen.text)).toMatchObject({
      answers: { team: { type: 'choice', choice: 'model' }, urgent: { type: 'noul', noul: 0.75 } },
    });
  });

  it('is sent /v1/decisions by the SDK', async () => {
    const client = new OpenAI({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const { answers, usage } = await client.decisions.create({
      model: 'judge',
      input: state.text,
      questions: [
        { type: 'predicate', name: 'complaint', instructions: 'Is this a complaint?' },
        { type: 'choice', instructions: 'Who?', choices: [{ value: 'delivery' }, { value: false }] },
      ],
    });
    expect(setup.lastBody()).toMatchObject({ model: 'sim-decide' });
    expect(answers).toMatchObject([
      { type: 'predicate', name: 'complaint', probability: 0.75 },
      { type: 'choice', name: null, choice: 'delivery' },
    ]);
    expect(usage.input_tokens).toBeGreaterThan(0);
  });

  it('shows the capability', async () => {
    const { text } = await setup.ask('/api/show', { model: 'sim-decide' });
    expect((JSON.parse(text) as { capabilities: string[] }).capabilities).toContain('decision');
  });

  it.each([
    ['/v1/systemone', { model: 'sim-chat', state, questions }, 400, { error: '"sim-chat" does not support decision' }],
    ['/v1/systemone', { state, questions }, 400, { error: 'model is required' }],
    ['/v1/systemone', { model: 'nope', state, questions }, 404, { error: expect.stringContaining('nope') as string }],
    [
      '/v1/decisions',
      { model: 'sim-chat', input: 'x', questions: [] },
      400,
      { error: expect.objectContaining({ message: '"sim-chat" does not support decision' }) as object },
    ],
  ])('refuses at %s %j', async (path, body, status, error) => {
    const seen = await setup.ask(path, body);
    expect([seen.status, JSON.parse(seen.text)]).toEqual([status, error]);
  });
});

describe('a key for one model', () => {
  const setup = withProxy(
    { apis: ['chat', 'decisions'], models },
    { PROXY_API_KEYS: JSON.stringify([{ key: KEY, models: ['sim-decide'] }]), MODEL_MAPPING_FILE: mapping },
  );

  it('may have the word model in the data', async () => {
    const headers = { authorization: `Bearer ${KEY}` };
    const seen = await setup.ask('/v1/systemone', { model: 'sim-decide', state, questions }, { headers });
    expect(seen.status, seen.text).toBe(200);
  });
});

describe('an upstream without decision models', () => {
  const setup = withProxy();

  it.each(['/v1/systemone', '/v1/decisions'])('has no %s, which clients need not repeat', async (path) => {
    const seen = await setup.ask(path, { model: 'sim-chat', state, input: 'x', questions });
    expect([seen.status, seen.headers.get('x-should-retry')]).toEqual([404, path === '/v1/systemone' ? null : 'false']);
    expect(seen.text).toContain('this server has no such API');
  });
});
