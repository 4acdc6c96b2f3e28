import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectName, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, textOf } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

/** Most extra calls that learning may cost for one upstream and model; afterwards none. */
const MOST_LEARNING = 2;

const DIALECTS: DialectName[] = [
  'lenient',
  'openai',
  'openai-reasoning',
  'mistral',
  'groq',
  'gemini',
  'deepseek',
  'cerebras',
  'perplexity',
  'lmstudio',
  'fireworks',
  'vllm',
  'llamacpp',
  'strictest',
];

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const question = [{ role: 'user', content: 'Describe apples.' }];
const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const toolLoop = [
  { role: 'user', content: 'Weather?' },
  { role: 'assistant', content: '', tool_calls: [{ function: { name: 'get_weather', arguments: { city: 'Paris' } } }] },
  { role: 'tool', content: 'sunny' },
];

interface Wish {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  readonly without?: readonly DialectName[];
  readonly check?: (text: string) => void;
}

const chat = (name: string, body: object, more: Partial<Wish> = {}): Wish => ({
  name,
  path: '/api/chat',
  body: { model: 'sim-chat', messages: question, stream: false, ...body },
  ...more,
});

const WISHES: readonly Wish[] = [
  chat('plain', {}),
  chat('a stream', { stream: true }),
  chat('sampling', {
    options: { temperature: 0.5, top_p: 0.9, top_k: 20, seed: 3, presence_penalty: 0.1, repeat_penalty: 1.1 },
  }),
  chat('tools', { tools: [weather] }, { without: ['perplexity'] }),
  chat('a tool loop', { tools: [weather], messages: toolLoop }, { without: ['perplexity'] }),
  chat('JSON', { format: 'json' }, { check: (text) => expect(typeof JSON.parse(text)).toBe('object') }),
  chat('a schema', { format: schema }, { check: (text) => expect(typeof JSON.parse(text)).toBe('object') }),
  chat('thinking', { model: 'sim-reason', think: true }),
  chat('no thinking', { model: 'sim-reason', think: false }),
  chat('an image', { model: 'sim-vision', messages: [{ role: 'user', content: 'What?', images: [PNG] }] }),
  chat('a long stop list', { options: { stop: ['aa1', 'bb2', 'cc3', 'dd4', 'ee5', 'ff6', 'gg7'] } }),
  chat('a token limit', { options: { num_predict: 200 } }),
  { name: 'generate', path: '/api/generate', body: { model: 'sim-chat', prompt: 'Hi', stream: false } },
  { name: 'embeddings', path: '/api/embed', body: { model: 'sim-embed', input: ['a', 'b'] } },
];

describe.each(DIALECTS)('an upstream with dialect %s and no configured dialect', (dialect) => {
  let simulator: Simulator;
  let proxy: RunningProxy;
  const calls = () => simulator.requests.filter(({ method }) => method === 'POST').length;

  beforeAll(async () => {
    simulator = createSimulator({ dialect, catalogue: 'plain' });
    proxy = await startProxy(await simulator.listen());
  });
  afterAll(async () => {
    await proxy.close();
    await simulator.close();
  });

  const ran = new Map<string, number>();
  const run = async ({ name, path, body, check }: Wish): Promise<void> => {
    const before = calls();
    const seen = await ask(`${proxy.url}${path}`, body);
    expect(seen.status, `${name}: ${seen.text.slice(0, 300)}`).toBe(200);
    const last = seen.lines.at(-1);
    expect(last?.done === true || Array.isArray(last?.embeddings), `${name}: ${seen.text.slice(0, 300)}`).toBe(true);
    check?.(textOf(seen.lines));
    ran.set(name, calls() - before - 1);
  };
  const wishes = WISHES.filter(({ without }) => !without?.includes(dialect));

  it('serves every kind of request from a cold start', async () => {
    for (const wish of wishes) await run(wish);
    const extra = new Map<string, number>();
    for (const { name, body } of wishes) {
      const { model } = body as { model: string };
      extra.set(model, (extra.get(model) ?? 0) + (ran.get(name) ?? 0));
    }
    process.stdout.write(
      `learning ${dialect}: ${[...extra].map(([model, count]) => `${model} ${String(count)}`).join(', ')} (${[...ran]
        .filter(([, n]) => n > 0)
        .map(([w, n]) => `${w} ${String(n)}`)
        .join('; ')})\n`,
    );
    for (const [model, count] of extra) expect(count, model).toBeLessThanOrEqual(MOST_LEARNING);
  });

  it('needs no extra call the second time', async () => {
    ran.clear();
    for (const wish of wishes) await run(wish);
    expect([...ran].filter(([, extra]) => extra > 0)).toEqual([]);
  });
});
