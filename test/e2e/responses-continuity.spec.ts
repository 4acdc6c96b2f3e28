import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SimulatedApi, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator, RESPONSES_MODELS } from '../../apps/simulator/src/simulator.js';
import { readEvents, readMessageEvents } from '../support/agent-events.js';
import { ask } from '../support/ask.js';
import type { RedisServer } from '../support/redis-server.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

type Item = Record<string, unknown>;

const QUESTION = { role: 'user', content: 'What is the weather in Ulm?' };
const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const TOOLS = ['get_weather', 'get_wind'].map((name) => ({
  type: 'function',
  function: { name, parameters: PARAMETERS },
}));

async function start(apis: readonly SimulatedApi[]): Promise<{ simulator: Simulator; url: string }> {
  const simulator = createSimulator({ apis, models: RESPONSES_MODELS, catalogue: 'plain' });
  const url = await simulator.listen();
  onTestFinished(() => simulator.close());
  return { simulator, url };
}

async function startReplica(upstream: string, redisUrl?: string): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, redisUrl === undefined ? {} : { REDIS_URL: redisUrl });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** The message of a chat as a client keeps it that drops ids and thinking. */
async function chat(proxy: RunningProxy, model: string, messages: readonly object[], stream: boolean): Promise<Item> {
  const seen = await ask(`${proxy.url}/api/chat`, { model, messages, tools: TOOLS, stream });
  expect(seen.status, seen.text).toBe(200);
  const parts = seen.lines.flatMap(({ message }) => (message ? [message as unknown as Item] : []));
  const calls = parts.flatMap(
    ({ tool_calls: some }) => (some ?? []) as { function: { name: string; arguments: object } }[],
  );
  return {
    role: 'assistant',
    content: parts.map(({ content }) => String(content)).join(''),
    tool_calls: calls.map(({ function: { name, arguments: values } }) => ({ function: { name, arguments: values } })),
  };
}

function inputOf(simulator: Simulator): Item[] {
  const { path, body } = simulator.requests.findLast(({ method }) => method === 'POST')!;
  expect(path).toBe('/v1/responses');
  return (body as { input: Item[] }).input;
}

async function loop(one: RunningProxy, other: RunningProxy, simulator: Simulator, stream: boolean): Promise<void> {
  const calling = { ...QUESTION, content: 'Use get_weather and get_wind in Ulm' };
  const answer = await chat(one, 'sim-codex', [calling], stream);
  expect(answer.tool_calls).toHaveLength(2);
  const results = ['sunny', 'calm'].map((content) => ({ role: 'tool', content }));
  const final = await chat(other, 'sim-codex', [calling, answer, ...results], stream);
  expect(final.content).toContain('The tool get_wind says: "calm"');
  const types = inputOf(simulator).map(({ type, role }) => type ?? role);
  expect(types).toEqual([
    'user',
    'reasoning',
    'function_call',
    'function_call',
    'function_call_output',
    'function_call_output',
  ]);
  const reasoning = inputOf(simulator).find(({ type }) => type === 'reasoning');
  expect(reasoning?.encrypted_content).toMatch(/^sim-encrypted\./);
  expect(reasoning).not.toHaveProperty('id');
}

describe('a client that returns nothing but calls continues on a model of the Responses API', () => {
  it.each([true, false])('with one process (streamed: %s)', async (stream) => {
    const { simulator, url } = await start(['responses']);
    const proxy = await startReplica(url);
    await loop(proxy, proxy, simulator, stream);
  });

  it('without the encrypted reasoning when it is rejected', async () => {
    const { simulator, url } = await start(['responses']);
    const proxy = await startReplica(url);
    const answer = await chat(proxy, 'sim-codex', [QUESTION], false);
    simulator.next({ status: 400, error: 'The encrypted content for item rs_1 could not be verified.' });
    const final = await chat(proxy, 'sim-codex', [QUESTION, answer, { role: 'tool', content: 'sunny' }], false);
    expect(final.content).toContain('sunny');
    expect(inputOf(simulator).map(({ type }) => type)).not.toContain('reasoning');
  });

  it('and keeps the reasoning out of chat completions', async () => {
    const { simulator, url } = await start(['chat', 'responses']);
    const proxy = await startReplica(url);
    const answer = await chat(proxy, 'sim-tools', [QUESTION], false);
    const body = {
      model: 'sim-tools',
      messages: [QUESTION, answer, { role: 'tool', content: 'sunny' }],
      stream: false,
    };
    expect((await ask(`${proxy.url}/api/chat`, body)).status).toBe(200);
    const last = simulator.requests.at(-1);
    expect(last?.path).toBe('/v1/chat/completions');
    expect(JSON.stringify(last?.body)).not.toMatch(/responses_items|reasoning_details|encrypted/);
  });

  it('when it returns the details of its messages itself', async () => {
    const { simulator, url } = await start(['responses']);
    const proxy = await startReplica(url);
    const send = async (messages: object[]): Promise<Item> => {
      const { lines } = await ask(`${proxy.url}/v1/chat/completions`, { model: 'sim-codex', messages, tools: TOOLS });
      return (lines[0] as unknown as { choices: { message: Item }[] }).choices[0]!.message;
    };
    const message = await send([QUESTION]);
    const [call] = message.tool_calls as { id: string }[];
    await send([QUESTION, message, { role: 'tool', tool_call_id: call?.id, content: 'sunny' }]);
    expect(inputOf(simulator).map(({ type }) => type)).toContain('reasoning');
  });
});

describe.skipIf(redisMissing)(`two replicas that share a Redis ${redisMissing}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());

  it.each([true, false])('continue the tool loop of such a client (streamed: %s)', async (stream) => {
    const { simulator, url } = await start(['responses']);
    const one = await startReplica(url, redis.url);
    const other = await startReplica(url, redis.url);
    await loop(one, other, simulator, stream);
  });
});

describe('a client of /v1/messages keeps the reasoning of a model of the Responses API by itself', () => {
  const TOOL = { name: 'get_weather', input_schema: PARAMETERS };

  /** The content of the answer to a conversation. */
  async function answer(proxy: RunningProxy, messages: readonly object[], more: object): Promise<Item[]> {
    const body = { model: 'sim-codex', max_tokens: 500, messages, tools: [TOOL], ...more };
    const seen = await ask(`${proxy.url}/v1/messages`, body);
    expect(seen.status, seen.text).toBe(200);
    if (!('stream' in more)) return (JSON.parse(seen.text) as { content: Item[] }).content;
    return readMessageEvents(readEvents(seen.text)).whole.content as Item[];
  }

  it.each([[{}], [{ stream: true }], [{ stream: true, thinking: { type: 'adaptive', display: 'omitted' } }]])(
    '%j',
    async (more) => {
      const { simulator, url } = await start(['responses']);
      const options = { output_config: { effort: 'high' }, ...more };
      const question = { role: 'user', content: 'Use get_weather in Ulm' };
      const one = await startProxy(url, { CONTINUITY_TTL: '0' });
      onTestFinished(() => one.close());
      const content = await answer(one, [question], options);
      expect(content.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
      const history = [
        question,
        { role: 'assistant', content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: content[1]?.id, content: 'sunny' }] },
      ];
      // Another process, which has kept nothing.
      const other = await startProxy(url, { CONTINUITY_TTL: '0' });
      onTestFinished(() => other.close());
      await answer(other, history, options);
      const input = inputOf(simulator);
      expect(input.map(({ type, role }) => type ?? role)).toEqual([
        ...['user', 'reasoning', 'function_call', 'function_call_output'],
      ]);
      expect(input[1]).toMatchObject({ encrypted_content: expect.stringMatching(/^sim-encrypted\./) });
      // What another upstream encrypted is not sent.
      const elsewhere = await start(['responses']);
      const third = await startProxy(elsewhere.url, { CONTINUITY_TTL: '0' });
      onTestFinished(() => third.close());
      await answer(third, history, options);
      expect(inputOf(elsewhere.simulator).map(({ type, role }) => type ?? role)).not.toContain('reasoning');
    },
  );
});
