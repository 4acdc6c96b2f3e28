import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import {
  anything,
  boolean,
  decodeLines,
  decodeWhole,
  digest,
  list,
  mapOf,
  nullable,
  oneOf,
  string,
  struct,
  tool,
  unsigned,
} from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const details = struct({
  format: string,
  family: string,
  families: nullable(list(string)),
  parameter_size: string,
  quantization_level: string,
});
const tags = struct({
  models: list(struct({ name: string, modified_at: string, size: unsigned, digest, details })),
});
const show = struct({ capabilities: list(string), model_info: mapOf(anything) });

/** serde: a text even beside calls, an id for each call, Option for what may be missing. */
const line = struct({
  model: string,
  created_at: string,
  message: struct({
    role: oneOf('assistant'),
    content: string,
    thinking: nullable(string),
    tool_calls: nullable(list(struct({ id: string, function: struct({ name: string, arguments: anything }) }))),
  }),
  done: boolean,
  done_reason: nullable(string),
  prompt_eval_count: nullable(unsigned),
  eval_count: nullable(unsigned),
});

/** Everything it knows is in every request, as null or empty where it is not set. */
const request = (fields: object) => ({
  model: 'sim-chat:latest',
  stream: true,
  keep_alive: -1,
  options: { num_ctx: 16_384, num_predict: null, stop: [], temperature: 1, top_p: null },
  tools: [],
  think: null,
  ...fields,
});
const assistant = (fields: object) => ({ role: 'assistant', content: '', tool_calls: [], thinking: null, ...fields });

describe('Zed', () => {
  it('gets every model with its context length; one failure would empty its list', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags'), tags);
    for (const { name } of models) {
      const { model_info: info } = decodeWhole(await setup.ask('/api/show', { model: name }), show);
      const length = info[`${string(info['general.architecture'], name)}.context_length`];
      expect(unsigned(length, name)).toBeGreaterThan(0);
    }
  });

  it('chats with nulls and empty lists everywhere', async () => {
    const messages = [
      { role: 'system', content: 'You are in an editor.' },
      { role: 'user', content: 'hi', images: null },
      assistant({ content: 'Hello.' }),
      { role: 'user', content: 'And now?' },
    ];
    const lines = decodeLines(await setup.ask('/api/chat', request({ messages })), line);
    expect(lines.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
    expect(setup.lastBody()).not.toHaveProperty('tools');
    expect(setup.lastBody()).not.toHaveProperty('stop');
  });

  it('runs a tool loop with names instead of ids', async () => {
    const user = { role: 'user', content: 'Call read_file for both.' };
    const tools = [tool('grep'), tool('read_file')];
    setup.simulator.next({ toolCalls: 2 });
    const first = decodeLines(await setup.ask('/api/chat', request({ messages: [user], tools })), line);
    const calls = first.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls.map((call) => call.function.name)).toEqual(['read_file', 'read_file']);
    const messages = [
      user,
      assistant({ tool_calls: calls }),
      { role: 'tool', tool_name: 'read_file', content: 'first file' },
      { role: 'tool', tool_name: 'read_file', content: 'second file' },
    ];
    const second = decodeLines(await setup.ask('/api/chat', request({ messages, tools })), line);
    expect(second.map(({ message }) => message.content).join('')).toMatch(/first file.*second file/);
  });

  it('predicts edits with a raw prompt', async () => {
    const seen = await setup.ask('/api/generate', {
      model: 'sim-chat:latest',
      prompt: '<|fim_prefix|>let x = <|fim_suffix|>;<|fim_middle|>',
      raw: true,
      stream: false,
      options: { num_predict: 20, temperature: 0.2, stop: ['<|endoftext|>'] },
    });
    expect(decodeWhole(seen, struct({ response: string, done: oneOf(true) })).response).not.toBe('');
    expect(setup.lastBody().prompt).toBe('<|fim_prefix|>let x = <|fim_suffix|>;<|fim_middle|>');
  });
});
