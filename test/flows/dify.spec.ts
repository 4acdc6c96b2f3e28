import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest', catalogue: 'plain' });

/** It looks the list of calls up and goes through it: null is a crash. */
const calls = is.optional(
  is.list(
    is.struct({
      id: is.optional(is.string),
      function: is.struct({ index: is.optional(is.integer), name: is.string, arguments: is.mapOf(is.anything) }),
    }),
  ),
);
const line = is.struct({
  model: is.string,
  message: is.struct({ content: is.string, tool_calls: calls }),
  done: is.boolean,
  prompt_eval_count: is.optional(is.integer),
  eval_count: is.optional(is.integer),
});

describe("Dify's Ollama plugin", () => {
  it('validates a model with a short ping', async () => {
    const options = { num_predict: 5, temperature: 0.1, mirostat: 0, num_thread: 4, repeat_penalty: 1.1 };
    const ping = { model: 'sim-plain', stream: false, options };
    const chat = await setup.ask('/api/chat', { ...ping, messages: [{ role: 'user', content: 'ping' }] });
    expect(decodeWhole(chat, line).eval_count).toBe(5);
    const generate = await setup.ask('/api/generate', { ...ping, prompt: 'ping' });
    expect(decodeWhole(generate, is.struct({ model: is.string, response: is.string })).response).not.toBe('');
    const embed = await setup.ask('/api/embed', { model: 'sim-embed', input: ['ping'] });
    decodeWhole(
      embed,
      is.struct({ embeddings: is.list(is.list(is.number)), prompt_eval_count: is.optional(is.integer) }),
    );
  });

  it('merges calls by index, and returns results whose name is the id', async () => {
    setup.simulator.next({ toolCalls: 2 });
    const user = { role: 'user', content: 'Both, please.' };
    const tools = [tool('lookup'), tool('store')];
    const request = { model: 'sim-chat', stream: true, tools };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), line);
    const made = first.flatMap(({ message }) => message.tool_calls ?? []);
    expect(new Set(made.map((call) => call.function.index)).size).toBe(2);
    const results = made.map(({ id }, index) => ({
      role: 'tool',
      content: `result ${String(index)}`,
      tool_name: id,
      tool_call_id: id,
    }));
    // In another order than the calls: only the id identifies them.
    const messages = [user, { role: 'assistant', content: '', tool_calls: made }, ...results.toReversed()];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), line);
    const text = second.map(({ message }) => message.content).join('');
    expect(text).toMatch(/The tool store says: "result 1".*The tool lookup says: "result 0"/);
  });
});
