import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** It converts Ollama's lines to OpenAI's chunks: absent counts are 0 for it, null ones a TypeError. */
const line = is.struct({
  model: is.string,
  message: is.struct({
    content: is.nullable(is.string),
    thinking: is.nullable(is.string),
    tool_calls: is.nullable(
      is.list(
        is.struct({
          index: is.nullable(is.integer),
          id: is.nullable(is.string),
          function: is.struct({ index: is.nullable(is.integer), name: is.string, arguments: is.mapOf(is.anything) }),
        }),
      ),
    ),
  }),
  done: is.boolean,
  prompt_eval_count: is.optional(is.integer),
  eval_count: is.optional(is.integer),
  prompt_eval_duration: is.optional(is.positive),
  eval_duration: is.optional(is.positive),
  total_duration: is.optional(is.positive),
});

const tags = is.struct({ models: is.list(is.struct({ model: is.string, name: is.string })) });

/** The name as it is looked up: with a tag. */
const tagged = (name: string): string => (name.includes(':') ? name : `${name}:latest`);

describe('Open WebUI', () => {
  it('verifies the connection by a version of digits and dots', async () => {
    const { version } = decodeWhole(await setup.ask('/api/version'), is.struct({ version: is.string }));
    const parts = version.replace(/^v|-.*/g, '').split('.');
    expect(parts.every((part) => /^\d+$/.test(part))).toBe(true);
  });

  it('finds every model under its name with a tag', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags'), tags);
    const known = new Set(models.map(({ model }) => model));
    expect(['sim-chat', 'sim-embed', 'vendor/sim-large:free'].every((name) => known.has(tagged(name)))).toBe(true);
  });

  it('streams uncompressed bytes although it accepts compression', async () => {
    const seen = await setup.ask(
      '/api/chat',
      { model: 'sim-chat:latest', messages: [{ role: 'user', content: 'hi' }], stream: true, options: {} },
      { headers: { 'accept-encoding': 'gzip, deflate', 'X-OpenWebUI-User-Name': 'Ada', 'X-OpenWebUI-User-Id': '1' } },
    );
    const last = decodeLines(seen, line).at(-1);
    expect(last?.done).toBe(true);
    expect(((last?.eval_count ?? 0) / (last?.eval_duration ?? 0)) * 1e9).toBeGreaterThan(0);
  });

  it('runs a native tool loop with distinct indexes for parallel calls', async () => {
    const user = { role: 'user', content: 'Weather in three cities?' };
    const request = { model: 'sim-chat:latest', tools: [tool('weather')], stream: true };
    setup.simulator.next({ toolCalls: 3 });
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), line);
    const calls = first.flatMap(({ message }) => message.tool_calls ?? []);
    const indexes = calls.map((call) => call.index ?? call.function.index ?? 0);
    expect(new Set(indexes)).toEqual(new Set([0, 1, 2]));
    const messages = [
      user,
      {
        role: 'assistant',
        content: '',
        tool_calls: calls.map((call, index) => ({ index, id: call.id, function: call.function })),
      },
      ...calls.map(({ id }, index) => ({ role: 'tool', tool_call_id: id, content: `${String(20 + index)} degrees` })),
    ];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), line);
    const text = second.map(({ message }) => message.content ?? '').join('');
    expect(text).toMatch(/20 degrees.*21 degrees.*22 degrees/);
  });

  it('lists running models and unloads with an empty prompt', async () => {
    await setup.ask('/api/chat', { model: 'sim-chat:latest', messages: [{ role: 'user', content: 'hi' }] });
    const running = is.struct({ models: is.list(is.struct({ model: is.string, expires_at: is.timestamp })) });
    const before = decodeWhole(await setup.ask('/api/ps'), running).models;
    expect(before.map(({ model }) => model)).toContain('sim-chat:latest');
    const unload = await setup.ask('/api/generate', { model: 'sim-chat:latest', keep_alive: 0, prompt: '' });
    const answer = is.struct({ done: is.oneOf(true), done_reason: is.oneOf('unload'), response: is.oneOf('') });
    decodeWhole(unload, answer);
    const after = decodeWhole(await setup.ask('/api/ps'), running).models;
    expect(after.map(({ model }) => model)).not.toContain('sim-chat:latest');
  });

  it('embeds on both routes', async () => {
    const many = await setup.ask('/api/embed', { model: 'sim-embed:latest', input: ['one', 'two'] });
    const { embeddings } = decodeWhole(many, is.struct({ embeddings: is.list(is.list(is.number)) }));
    expect(embeddings.map(({ length }) => length)).toEqual([64, 64]);
    const single = await setup.ask('/api/embeddings', { model: 'sim-embed:latest', prompt: 'one' });
    expect(decodeWhole(single, is.struct({ embedding: is.list(is.number) })).embedding).toHaveLength(64);
  });

  it('makes a title with generate, not streamed', async () => {
    const body = { model: 'sim-chat:latest', prompt: '@sim {"text":"A title"}\nTitle?', stream: false };
    const { response } = decodeWhole(await setup.ask('/api/generate', body), is.struct({ response: is.string }));
    expect(response).toBe('A title');
  });
});
