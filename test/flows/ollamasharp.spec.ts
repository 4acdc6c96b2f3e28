import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** System.Text.Json: a value type may be missing, but null or a fraction is an exception. */
const metrics = is.metrics(is.optional(is.integer));
const line = is.struct({
  model: is.nullable(is.string),
  created_at: is.nullable(is.timestamp),
  message: is.struct({
    role: is.nullable(is.string),
    content: is.nullable(is.string),
    thinking: is.nullable(is.string),
    tool_calls: is.nullable(
      is.list(
        is.struct({
          id: is.nullable(is.string),
          function: is.struct({
            index: is.optional(is.integer),
            name: is.nullable(is.string),
            arguments: is.nullable(is.mapOf(is.anything)),
          }),
        }),
      ),
    ),
  }),
  done: is.optional(is.boolean),
  done_reason: is.nullable(is.string),
  ...metrics,
});
const details = is.struct({
  family: is.nullable(is.string),
  families: is.nullable(is.list(is.string)),
  parameter_size: is.nullable(is.string),
});
const tags = is.struct({
  models: is.list(
    is.struct({ name: is.string, modified_at: is.optional(is.timestamp), size: is.optional(is.integer), details }),
  ),
});
const running = is.struct({
  models: is.list(
    is.struct({
      name: is.string,
      size_vram: is.optional(is.integer),
      context_length: is.optional(is.integer),
      expires_at: is.timestamp,
    }),
  ),
});

describe('OllamaSharp and Semantic Kernel', () => {
  it('finds the server with models', async () => {
    const root = await setup.ask('/');
    expect([root.status, root.text]).toEqual([200, 'Ollama is running']);
    decodeWhole(await setup.ask('/api/tags'), tags);
    decodeWhole(await setup.ask('/api/ps'), running);
  });

  it('reads integers only, with and without a stream', async () => {
    const body = { model: 'sim-chat:latest', messages: [{ role: 'user', content: 'hi' }], options: { num_ctx: 2048 } };
    expect(decodeLines(await setup.ask('/api/chat', { ...body, stream: true }), line).at(-1)?.done).toBe(true);
    expect(decodeWhole(await setup.ask('/api/chat', { ...body, stream: false }), line).done).toBe(true);
    const generated = is.struct({
      response: is.string,
      done: is.boolean,
      context: is.optional(is.list(is.integer)),
      ...metrics,
    });
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

  it('detects a model without tools by the text of a 400', async () => {
    const body = { model: 'sim-plain:latest', messages: [{ role: 'user', content: 'x' }], tools: [tool('light')] };
    const seen = await setup.ask('/api/chat', body);
    expect([seen.status, seen.lines[0]?.error]).toEqual([400, expect.stringContaining('does not support tools')]);
  });

  it('embeds', async () => {
    const seen = await setup.ask('/api/embed', { model: 'sim-embed:latest', input: ['a'] });
    const answer = is.struct({ embeddings: is.list(is.list(is.number)), ...metrics });
    expect(decodeWhole(seen, answer).embeddings).toHaveLength(1);
  });
});
