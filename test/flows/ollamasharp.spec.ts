import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import {
  anything,
  boolean,
  decodeLines,
  decodeWhole,
  integer,
  list,
  mapOf,
  nullable,
  number,
  optional,
  string,
  struct,
  timestamp,
  tool,
} from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** System.Text.Json: a value type may be missing, but null or a fraction is an exception. */
const metrics = {
  total_duration: optional(integer),
  load_duration: optional(integer),
  prompt_eval_count: optional(integer),
  prompt_eval_duration: optional(integer),
  eval_count: optional(integer),
  eval_duration: optional(integer),
};
const line = struct({
  model: nullable(string),
  created_at: nullable(timestamp),
  message: struct({
    role: nullable(string),
    content: nullable(string),
    thinking: nullable(string),
    tool_calls: nullable(
      list(
        struct({
          id: nullable(string),
          function: struct({ index: optional(integer), name: nullable(string), arguments: nullable(mapOf(anything)) }),
        }),
      ),
    ),
  }),
  done: optional(boolean),
  done_reason: nullable(string),
  ...metrics,
});
const details = struct({
  family: nullable(string),
  families: nullable(list(string)),
  parameter_size: nullable(string),
});
const tags = struct({
  models: list(struct({ name: string, modified_at: optional(timestamp), size: optional(integer), details })),
});
const running = struct({
  models: list(
    struct({ name: string, size_vram: optional(integer), context_length: optional(integer), expires_at: timestamp }),
  ),
});

describe('OllamaSharp and Semantic Kernel', () => {
  it('finds the server running, with models', async () => {
    const root = await setup.ask('/');
    expect([root.status, root.text]).toEqual([200, 'Ollama is running']);
    decodeWhole(await setup.ask('/api/tags'), tags);
    decodeWhole(await setup.ask('/api/ps'), running);
  });

  it('reads whole numbers only, streamed or not', async () => {
    const body = { model: 'sim-chat:latest', messages: [{ role: 'user', content: 'hi' }], options: { num_ctx: 2048 } };
    expect(decodeLines(await setup.ask('/api/chat', { ...body, stream: true }), line).at(-1)?.done).toBe(true);
    expect(decodeWhole(await setup.ask('/api/chat', { ...body, stream: false }), line).done).toBe(true);
    const generated = struct({ response: string, done: boolean, context: optional(list(integer)), ...metrics });
    const seen = await setup.ask('/api/generate', { model: 'sim-chat:latest', prompt: 'hi', stream: true });
    const context = decodeLines(seen, generated).at(-1)?.context;
    // What it keeps between two prompts of a chat.
    const next = { model: 'sim-chat:latest', prompt: 'and?', context, stream: true };
    expect(decodeLines(await setup.ask('/api/generate', next), generated).at(-1)?.done).toBe(true);
  });

  it('runs a tool loop with the id inside the result text', async () => {
    const user = { role: 'user', content: 'Light?' };
    const request = { model: 'sim-chat:latest', stream: true, tools: [tool('light')] };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), line);
    const [call] = first.flatMap(({ message }) => message.tool_calls ?? []);
    const messages = [
      user,
      { role: 'assistant', tool_calls: [{ function: call?.function }] },
      { role: 'tool', content: JSON.stringify({ CallId: call?.id, Result: 'on' }) },
    ];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), line);
    expect(second.map(({ message }) => message.content ?? '').join('')).toContain('"Result":"on"');
  });

  it('tells that a model has no tools by the words of a 400', async () => {
    const body = { model: 'sim-plain:latest', messages: [{ role: 'user', content: 'x' }], tools: [tool('light')] };
    const seen = await setup.ask('/api/chat', body);
    expect([seen.status, seen.lines[0]?.error]).toEqual([400, expect.stringContaining('does not support tools')]);
  });

  it('embeds', async () => {
    const seen = await setup.ask('/api/embed', { model: 'sim-embed:latest', input: ['a'] });
    const answer = struct({ embeddings: list(list(number)), ...metrics });
    expect(decodeWhole(seen, answer).embeddings).toHaveLength(1);
  });
});
