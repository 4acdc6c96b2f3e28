import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DialectName, Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator, RESPONSES_MODELS } from '../../apps/simulator/src/simulator.js';
import type { Line } from '../support/ask.js';
import { ask } from '../support/ask.js';
import type { RedisServer } from '../support/redis-server.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

type Message = Record<string, unknown>;
type Call = Record<string, unknown> & { id?: string; function: { name: string; arguments: Record<string, unknown> } };

const MODEL = 'sim-reason';
const QUESTION = { role: 'user', content: 'What is the weather in Ulm?' };
const PLACEHOLDERS = /\(not available\)|skip_thought_signature_validator/;
const PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { type: 'string' } },
  required: ['city', 'unit'],
};
const TOOLS = ['get_weather', 'get_wind'].map((name) => ({
  type: 'function',
  function: { name, parameters: PARAMETERS },
}));

/** How a client returns the assistant's message of its history. */
const MANNERS: Readonly<Record<string, (message: Message & { tool_calls: Call[] }) => Message>> = {
  'keeps everything': (message) => message,
  'drops ids and thinking': ({ role, content, tool_calls: calls }) => ({
    role,
    content,
    tool_calls: calls.map(({ function: { name, arguments: values } }) => ({ function: { name, arguments: values } })),
  }),
  'drops ids, thinking and text, and sorts the arguments': ({ role, tool_calls: calls }) => ({
    role,
    tool_calls: calls.map(({ function: { name, arguments: values } }) => ({
      function: { name, arguments: Object.fromEntries(Object.entries(values).toReversed()) },
    })),
  }),
};

/** What an upstream demands: where its request has it, and the extra calls of a replica that does not know it yet. */
const FAMILIES: readonly { dialect: DialectName; partOf: (turn: Message) => unknown; extraCalls: number }[] = [
  { dialect: 'deepseek-v4', partOf: (turn) => turn.reasoning_content, extraCalls: 1 },
  { dialect: 'moonshot', partOf: (turn) => turn.reasoning_content, extraCalls: 1 },
  { dialect: 'gemini-3', partOf: (turn) => (turn.tool_calls as Message[])[0]?.extra_content, extraCalls: 0 },
  { dialect: 'openrouter', partOf: (turn) => turn.reasoning_details, extraCalls: 0 },
];

async function startSimulator(dialect: DialectName): Promise<{ simulator: Simulator; url: string }> {
  const simulator = createSimulator({ dialect, catalogue: 'plain' });
  const url = await simulator.listen();
  onTestFinished(() => simulator.close());
  return { simulator, url };
}

async function startReplica(upstream: string, environment: Record<string, string> = {}): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, environment);
  onTestFinished(() => proxy.close());
  await ask(`${proxy.url}/api/tags`, undefined, { headers: keyOf('alice') });
  return proxy;
}

const keyOf = (caller: string): Record<string, string> => ({ authorization: `Bearer ${caller}-key-${caller}-key` });

/** The assistant's message of a streamed answer, as a client joins it. */
function joined(lines: readonly Line[]): Message & { tool_calls: Call[] } {
  const messages = lines.flatMap(({ message }) => message ?? []);
  const thinking = messages.map((message) => message.thinking ?? '').join('');
  return {
    role: 'assistant',
    content: messages.map(({ content }) => content).join(''),
    ...(thinking !== '' && { thinking }),
    tool_calls: messages.flatMap(({ tool_calls: calls }) => (calls ?? []) as unknown as Call[]),
  };
}

async function chat(
  proxy: RunningProxy,
  messages: readonly Message[],
  { stream = true, caller = 'alice', model = MODEL } = {},
) {
  const body = { model, messages, tools: TOOLS, stream };
  const seen = await ask(`${proxy.url}/api/chat`, body, { headers: keyOf(caller) });
  expect(seen.status, seen.text).toBe(200);
  expect(seen.lines.at(-1)?.done, seen.text).toBe(true);
  return joined(seen.lines);
}

function bodies(simulator: Simulator): { messages: Message[] }[] {
  return simulator.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => body as { messages: Message[] });
}

/** The turns with calls of the last request that the upstream got. */
function sentTurns(simulator: Simulator): Message[] {
  return bodies(simulator)
    .at(-1)!
    .messages.filter(({ tool_calls: calls }) => calls !== undefined);
}

describe.skipIf(redisMissing)(`two replicas that share a Redis ${redisMissing}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());

  describe.each(FAMILIES)('continue a conversation with $dialect', ({ dialect, partOf, extraCalls }) => {
    it.each(Object.keys(MANNERS))('for a client that %s', async (manner) => {
      for (const stream of [false, true]) {
        const { simulator, url } = await startSimulator(dialect);
        const one = await startReplica(url, { REDIS_URL: redis.url });
        const other = await startReplica(url, { REDIS_URL: redis.url });
        const answer = await chat(one, [QUESTION], { stream });
        expect(answer.tool_calls).toHaveLength(1);
        simulator.reset();
        const history = [QUESTION, MANNERS[manner]!(answer), { role: 'tool', content: 'sunny' }];
        expect((await chat(other, history, { stream })).tool_calls).toEqual([]);
        expect(bodies(simulator)).toHaveLength(1 + extraCalls);
        const [turn] = sentTurns(simulator);
        expect(partOf(turn!)).toBeTruthy();
        expect(JSON.stringify(turn)).not.toMatch(PLACEHOLDERS);
        // Another turn of the same loop, at the first replica.
        expect((await chat(one, [...history, QUESTION], { stream })).tool_calls).toHaveLength(1);
      }
    });
  });

  it.each(Object.keys(MANNERS))('continue at a model of the Responses API for a client that %s', async (manner) => {
    const simulator = createSimulator({ apis: ['responses'], models: RESPONSES_MODELS, catalogue: 'plain' });
    const url = await simulator.listen();
    onTestFinished(() => simulator.close());
    for (const stream of [false, true]) {
      const one = await startReplica(url, { REDIS_URL: redis.url });
      const other = await startReplica(url, { REDIS_URL: redis.url });
      const answer = await chat(one, [QUESTION], { stream, model: 'sim-codex' });
      expect(answer.tool_calls).toHaveLength(1);
      const history = [QUESTION, MANNERS[manner]!(answer), { role: 'tool', content: 'sunny' }];
      expect((await chat(other, history, { stream, model: 'sim-codex' })).tool_calls).toEqual([]);
      const { input } = simulator.requests.findLast(({ method }) => method === 'POST')!.body as { input: Message[] };
      expect(input.map(({ type, role }) => type ?? role)).toEqual([
        expect.stringMatching(/message|user/),
        'reasoning',
        'function_call',
        'function_call_output',
      ]);
      expect(input[1]?.encrypted_content).toMatch(/^sim-encrypted/);
    }
  });

  it.each(['messages', 'responses'])('continue a conversation on /v1/%s', async (api) => {
    for (const { dialect, partOf } of FAMILIES) {
      const { simulator, url } = await startSimulator(dialect);
      const one = await startReplica(url, { REDIS_URL: redis.url });
      const other = await startReplica(url, { REDIS_URL: redis.url });
      await (api === 'messages' ? loopOfMessages(one, other) : loopOfResponses(one, other));
      const [turn] = sentTurns(simulator);
      expect(partOf(turn!), dialect).toBeTruthy();
      expect(JSON.stringify(turn)).not.toMatch(PLACEHOLDERS);
    }
  });

  it('answer as fast and continue on the same replica while Redis does not answer', async () => {
    const { simulator, url } = await startSimulator('gemini-3');
    const own = await startRedis();
    onTestFinished(() => {
      own.thaw();
      return own.kill();
    });
    const proxy = await startReplica(url, { REDIS_URL: own.url });
    own.freeze();
    const begun = performance.now();
    const answer = await chat(proxy, [QUESTION]);
    const history = [QUESTION, MANNERS['drops ids and thinking']!(answer), { role: 'tool', content: 'sunny' }];
    await chat(proxy, history);
    // Each waits for one command of 50 ms at most; the rest is what a busy machine adds.
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(JSON.stringify(sentTurns(simulator))).not.toMatch(PLACEHOLDERS);
  });

  it('use nothing of one key for another', async () => {
    const { simulator, url } = await startSimulator('gemini-3');
    const PROXY_API_KEYS = 'alice:alice-key-alice-key,mallory:mallory-key-mallory-key';
    const one = await startReplica(url, { REDIS_URL: redis.url, PROXY_API_KEYS });
    const other = await startReplica(url, { REDIS_URL: redis.url, PROXY_API_KEYS });
    const answer = await chat(one, [QUESTION], { stream: false });
    const history = [QUESTION, answer, { role: 'tool', content: 'sunny' }];
    for (const replica of [one, other]) {
      await chat(replica, history, { stream: false, caller: 'mallory' });
      expect(JSON.stringify(sentTurns(simulator))).toMatch(PLACEHOLDERS);
      await chat(replica, history, { stream: false, caller: 'alice' });
      expect(JSON.stringify(sentTurns(simulator))).not.toMatch(PLACEHOLDERS);
    }
  });
});

describe('a replica that has nothing of the turn', () => {
  it.each(FAMILIES)('sends what $dialect accepts in its place', async ({ dialect, partOf }) => {
    const { simulator, url } = await startSimulator(dialect);
    const one = await startReplica(url);
    const other = await startReplica(url, { CONTINUITY_TTL: '0' });
    const answer = await chat(one, [QUESTION]);
    const history = [QUESTION, MANNERS['drops ids and thinking']!(answer), { role: 'tool', content: 'sunny' }];
    await chat(other, history);
    const [turn] = sentTurns(simulator);
    expect(partOf(turn!)).toBeTruthy();
    expect(JSON.stringify(turn)).toMatch(PLACEHOLDERS);
  });

  it('uses the thinking that the client returns', async () => {
    const { simulator, url } = await startSimulator('deepseek-v4');
    const one = await startReplica(url, { CONTINUITY_TTL: '0' });
    const answer = await chat(one, [QUESTION]);
    await chat(one, [QUESTION, answer, { role: 'tool', content: 'sunny' }]);
    expect(sentTurns(simulator)[0]?.reasoning_content).toBe(answer.thinking);
  });
});

it('parallel calls and several turns each get their own part', async () => {
  const { simulator, url } = await startSimulator('gemini-3');
  const proxy = await startReplica(url);
  const drop = MANNERS['drops ids and thinking']!;
  const history: Message[] = [];
  for (const content of ['get_weather and get_wind, please', 'get_wind again']) {
    history.push({ role: 'user', content });
    const answer = await chat(proxy, history);
    history.push(drop(answer), ...answer.tool_calls.map(() => ({ role: 'tool', content: 'fine' })));
  }
  simulator.reset();
  await chat(proxy, history);
  expect(bodies(simulator)).toHaveLength(1);
  expect(JSON.stringify(bodies(simulator)[0])).not.toMatch(PLACEHOLDERS);
});

/** Claude's API with a client that does not return thinking. */
async function loopOfMessages(one: RunningProxy, other: RunningProxy): Promise<void> {
  const tools = TOOLS.map(({ function: { name } }) => ({ name, input_schema: PARAMETERS }));
  const send = async ({ url }: RunningProxy, messages: object[]) => {
    const seen = await ask(`${url}/v1/messages`, { model: MODEL, max_tokens: 1000, messages, tools });
    expect(seen.status, seen.text).toBe(200);
    return seen.lines[0] as unknown as { content: (Message & { type: string; id: string })[] };
  };
  const { content } = await send(one, [QUESTION]);
  const call = content.find(({ type }) => type === 'tool_use')!;
  await send(other, [
    QUESTION,
    { role: 'assistant', content: [call] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'sunny' }] },
  ]);
}

/** The Responses API with a client that returns calls only. */
async function loopOfResponses(one: RunningProxy, other: RunningProxy): Promise<void> {
  const tools = TOOLS.map(({ function: spec }) => ({ type: 'function', ...spec }));
  const send = async ({ url }: RunningProxy, input: object[]) => {
    const seen = await ask(`${url}/v1/responses`, { model: MODEL, input, tools, store: false });
    expect(seen.status, seen.text).toBe(200);
    return seen.lines[0] as unknown as { output: (Message & { type: string; call_id: string })[] };
  };
  const { output } = await send(one, [QUESTION]);
  const call = output.find(({ type }) => type === 'function_call')!;
  await send(other, [QUESTION, call, { type: 'function_call_output', call_id: call.call_id, output: 'sunny' }]);
}
