import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, errorOf } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** What the nodes of its own send; an empty key is still sent. */
const node = { headers: { accept: 'application/json, text/plain, */*', authorization: 'Bearer', 'user-agent': 'n8n' } };
/** What goes through the JavaScript library. */
const library = { headers: { 'content-type': 'application/json', 'user-agent': 'ollama-js/0.6.4 (x64 linux)' } };

const call = is.struct({
  id: is.optional(is.string),
  function: is.struct({ name: is.string, arguments: is.mapOf(is.anything) }),
});
const line = is.struct({
  error: is.absent,
  message: is.struct({ content: is.string, thinking: is.optional(is.string), tool_calls: is.optional(is.list(call)) }),
  done: is.boolean,
  prompt_eval_count: is.optional(is.positive),
  eval_count: is.optional(is.positive),
});
const generateLine = is.struct({ error: is.absent, response: is.string, thinking: is.absent, done: is.boolean });

const calculator = {
  type: 'function',
  function: {
    name: 'Calculator',
    description: 'Does sums.',
    parameters: {
      type: 'object',
      properties: { input: { type: 'string' } },
      additionalProperties: false,
      $schema: 'http://json-schema.org/draft-07/schema#',
    },
  },
};
const user = { role: 'user', content: 'How much is two and two?' };
const made = { function: { name: 'Calculator', arguments: { input: '2+2' } } };

const textOf = (lines: readonly ReturnType<typeof line>[]): string =>
  lines.map(({ message }) => message.content).join('');

describe('n8n', () => {
  it('tests the credential and lists models', async () => {
    const seen = await setup.ask('/api/tags', undefined, node);
    const { models } = decodeWhole(seen, is.struct({ models: is.list(is.struct({ name: is.string })) }));
    expect(models.map(({ name }) => name)).toContain('sim-chat:latest');
    const sent = setup.simulator.requests.map((each) => each.headers.authorization);
    expect(sent.every((authorization) => authorization === undefined)).toBe(true);
  });

  it('chats with its defaults: -1 means no limit', async () => {
    const body = {
      model: 'sim-chat:latest',
      keep_alive: '5m',
      options: { num_ctx: 2048, num_predict: -1, top_k: -1, temperature: 0.7 },
      messages: [user],
      stream: true,
    };
    const lines = decodeLines(await setup.ask('/api/chat', body, library), line);
    expect(lines.at(-1)).toMatchObject({ done: true, prompt_eval_count: expect.any(Number) });
    expect(setup.lastBody()).toMatchObject({ temperature: 0.7 });
    expect(Object.keys(setup.lastBody())).not.toEqual(expect.arrayContaining(['max_tokens']));
    expect(Object.keys(setup.lastBody())).not.toEqual(expect.arrayContaining(['top_k']));
  });

  it('completes with format "default"', async () => {
    const body = { model: 'sim-chat:latest', format: 'default', options: {}, prompt: 'Say hi.', stream: true };
    const lines = decodeLines(await setup.ask('/api/generate', body, library), generateLine);
    expect(lines.at(-1)).toMatchObject({ done: true, response: '' });
    expect(setup.lastBody()).not.toHaveProperty('response_format');
  });

  it.each([
    [
      'agent up to 2.2',
      [
        { role: 'assistant', content: '' },
        { role: 'tool', content: '4' },
      ],
    ],
    [
      'agent 3',
      [
        { role: 'assistant', content: 'Calling Calculator with input: {"input":"2+2","id":"6f1f9a0e"}' },
        { role: 'tool', content: '4' },
      ],
    ],
    [
      'n8n 2.20 and later',
      [
        { role: 'assistant', content: '', tool_calls: [{ id: 'f6b2', type: 'function', ...made }] },
        { role: 'tool', content: '4' },
      ],
    ],
    [
      'vendor node',
      [
        { role: 'assistant', content: '', tool_calls: [{ id: 'call_1', ...made }] },
        { role: 'tool', content: '4', tool_name: 'Calculator' },
      ],
    ],
  ])('runs a tool loop as %s', async (_age, history) => {
    const request = { model: 'sim-chat:latest', options: {}, tools: [calculator], stream: true };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }, library), line);
    const withCalls = first.filter(({ message }) => message.tool_calls !== undefined);
    expect(withCalls, 'its events keep the calls of one line only').toHaveLength(1);
    const messages = [user, ...history];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }, library), line);
    expect(textOf(second)).toContain('The tool Calculator says: "4"');
  });

  it('parses the call that agent 3 writes as text', async () => {
    const content = 'Calling Calculator with input: {"input":"2+2"}\nCalling Weather with input: {"city":"Ulm"}';
    const messages = [
      user,
      { role: 'assistant', content },
      { role: 'tool', content: '4' },
      { role: 'tool', content: 'rain' },
    ];
    await setup.ask('/api/chat', { model: 'sim-chat:latest', messages, tools: [calculator] }, library);
    const assistant = (setup.lastBody().messages as { tool_calls?: object[] }[])[1];
    expect(assistant?.tool_calls).toMatchObject([
      { function: { name: 'Calculator', arguments: '{"input":"2+2"}' } },
      { function: { name: 'Weather', arguments: '{"city":"Ulm"}' } },
    ]);
  });

  it('uses the vendor node with format inside options', async () => {
    const body = {
      model: 'sim-chat:latest',
      messages: [{ content: 'Give me json.', role: 'user' }],
      stream: false,
      tools: [],
      options: { temperature: 0.3, num_predict: 100, stop: ['a stop', 'b stop'], keep_alive: '5m', format: 'json' },
    };
    const { message } = decodeWhole(await setup.ask('/api/chat', body, node), line);
    expect(JSON.parse(message.content)).toBeTypeOf('object');
    expect(setup.lastBody()).toMatchObject({ max_tokens: 100, stop: ['a stop', 'b stop'] });
  });

  it('embeds', async () => {
    const body = { model: 'sim-embed:latest', input: ['hello world'], truncate: false };
    const seen = await setup.ask('/api/embed', body, library);
    expect(decodeWhole(seen, is.struct({ embeddings: is.list(is.list(is.number)) })).embeddings).toHaveLength(1);
  });

  it('shows the error text on the node', async () => {
    const seen = await setup.ask('/api/chat', { model: 'nope', messages: [user], stream: true }, library);
    expect(errorOf(seen)).toBe("model 'nope' not found");
  });
});
