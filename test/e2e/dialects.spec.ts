import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectName, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import type { Seen } from '../support/ask.js';
import { ask, textOf } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';

/** Most extra calls that learning may cost for one upstream and model; afterwards none. */
const MOST_LEARNING = 3;

const DIALECTS: DialectName[] = [
  'lenient',
  'openai',
  'openai-reasoning',
  'mistral',
  'groq',
  'gemini',
  'gemini-3',
  'deepseek',
  'deepseek-v4',
  'moonshot',
  'openrouter',
  'cerebras',
  'perplexity',
  'lmstudio',
  'fireworks',
  'vllm',
  'llamacpp',
  'chat-template',
  'anthropic',
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

const oddConversation = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hello.' },
  { role: 'user', content: 'Are you there?' },
  { role: 'assistant', content: '' },
  { role: 'system', content: 'Answer in English.' },
  { role: 'user', content: 'Describe apples.' },
];
const oddTools = [
  {
    type: 'function',
    function: {
      name: `mcp.server/${'search '.repeat(12)}`,
      parameters: {
        type: 'object',
        anyOf: [{ required: ['q'] }, { required: ['id'] }],
        properties: { q: { type: 'string' }, id: { type: 'integer', minimum: 0, exclusiveMinimum: true } },
      },
    },
  },
  weather,
  weather,
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
  chat('an odd conversation', { model: 'vendor/sim-large:free', messages: oddConversation }),
  chat('an unfinished answer', {
    model: 'vendor/sim-large:free',
    messages: [...question, { role: 'assistant', content: 'Apples are' }],
  }),
  chat('odd tools', { model: 'sim-vision', tools: oddTools }, { without: ['perplexity'] }),
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

const long = (words: number): string => 'word '.repeat(words);
const vectorsOf = ({ lines }: Seen): number => (lines[0]?.embeddings as unknown[] | undefined)?.length ?? 0;

/** What depends on the values of a request: at most so many calls for the first and for the next one. */
const LIMITS: readonly (readonly [DialectName, string, Wish['body'], readonly [number, number]])[] = [
  ['chat-template', 'a token limit above the context', { options: { num_predict: 99_999 } }, [2, 2]],
  ['anthropic', "a token limit above the model's", { options: { num_predict: 99_999 } }, [2, 1]],
  ['chat-template', 'a history that is too long', { messages: longHistory() }, [3, 3]],
  ['anthropic', 'a history that is too long, without numbers', { messages: longHistory() }, [3, 3]],
  ['anthropic', 'two fields that exclude each other', { options: { temperature: 0.5, top_p: 0.9 } }, [2, 1]],
  ['chat-template', 'many texts', { input: Array.from({ length: 90 }, (_, at) => `text ${String(at)}`) }, [4, 3]],
  ['chat-template', 'a text that is too long', { input: [long(900)] }, [2, 1]],
  ['chat-template', 'many texts that are too long', { input: [long(900), 'short', long(800)] }, [6, 1]],
  ['anthropic', 'many tokens', { input: Array.from({ length: 16 }, () => long(200)) }, [3, 2]],
  ['anthropic', 'an empty text', { input: ['a', '', 'b'] }, [2, 1]],
  ['strictest', 'an empty text', { input: ['a', '', 'b'] }, [2, 1]],
];

function longHistory(): object[] {
  const turns = Array.from({ length: 40 }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: long(500),
  }));
  return [{ role: 'system', content: 'Be brief.' }, ...turns, ...question];
}

describe.each(LIMITS)('an upstream with dialect %s and a request with %s', (dialect, _name, body, most) => {
  const setup = withProxy({ dialect, catalogue: 'plain' });

  it('is served, within its calls', async () => {
    for (const calls of most) {
      setup.simulator.reset();
      const isEmbedding = 'input' in body;
      const seen = isEmbedding
        ? await setup.ask('/api/embed', { model: 'sim-embed', ...body })
        : await setup.ask('/api/chat', { model: 'sim-chat', messages: question, stream: false, ...body });
      expect(seen.status, seen.text.slice(0, 300)).toBe(200);
      if (isEmbedding) expect(vectorsOf(seen)).toBe((body.input as unknown[]).length);
      else expect(seen.lines.at(-1)?.done).toBe(true);
      expect(setup.simulator.requests.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(calls);
    }
  });
});
