import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const details = is.struct({
  format: is.string,
  family: is.string,
  families: is.nullable(is.list(is.string)),
  parameter_size: is.string,
  quantization_level: is.string,
});
const tags = is.struct({
  models: is.list(
    is.struct({ name: is.string, modified_at: is.string, size: is.unsigned, digest: is.digest, details }),
  ),
});
const show = is.struct({ capabilities: is.list(is.string), model_info: is.mapOf(is.anything) });

/** serde: a text even beside calls, an id for each call, Option for what may be missing. */
const line = is.struct({
  model: is.string,
  created_at: is.string,
  message: is.struct({
    role: is.oneOf('assistant'),
    content: is.string,
    thinking: is.nullable(is.string),
    tool_calls: is.nullable(
      is.list(is.struct({ id: is.string, function: is.struct({ name: is.string, arguments: is.anything }) })),
    ),
  }),
  done: is.boolean,
  done_reason: is.nullable(is.string),
  prompt_eval_count: is.nullable(is.unsigned),
  eval_count: is.nullable(is.unsigned),
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
  it('lists every model with its context length; one failure would empty the list', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags'), tags);
    for (const { name } of models) {
      const { model_info: info } = decodeWhole(await setup.ask('/api/show', { model: name }), show);
      const length = info[`${is.string(info['general.architecture'], name)}.context_length`];
      expect(is.unsigned(length, name)).toBeGreaterThan(0);
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
    expect(decodeWhole(seen, is.struct({ response: is.string, done: is.oneOf(true) })).response).not.toBe('');
    expect(setup.lastBody().prompt).toBe('<|fim_prefix|>let x = <|fim_suffix|>;<|fim_middle|>');
  });
});
