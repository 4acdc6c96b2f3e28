import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const origin = { headers: { origin: 'http://127.0.0.1:11434' } };
const tags = is.struct({
  models: is.list(
    is.struct({ name: is.string, model: is.string, details: is.struct({ families: is.list(is.string) }) }),
  ),
});
const line = is.struct({
  message: is.struct({
    content: is.string,
    thinking: is.optional(is.string),
    tool_calls: is.optional(is.list(is.toolCall)),
  }),
  done: is.boolean,
});

describe('Page Assist', () => {
  it('connects: the root, the version, the models', async () => {
    expect((await setup.ask('/', undefined, origin)).status).toBe(200);
    expect((await setup.ask('/api/version', undefined, origin)).status).toBe(200);
    expect(decodeWhole(await setup.ask('/api/tags', undefined, origin), tags).models).toHaveLength(6);
  });

  it('loses nothing although it ignores text and calls of the last line', async () => {
    const body = { model: 'sim-chat:latest', messages: [{ role: 'user', content: 'hi page' }], keep_alive: '5m' };
    const lines = decodeLines(await setup.ask('/api/chat', body, origin), line);
    const before = lines.slice(0, -1);
    expect(before.map(({ message }) => message.content).join('')).toContain('hi page');
    expect(lines.at(-1)).toEqual({ done: true, message: { content: '' } });

    const messages = [{ role: 'user', content: 'Search.' }];
    const called = decodeLines(
      await setup.ask('/api/chat', { ...body, messages, tools: [tool('search')] }, origin),
      line,
    );
    expect(called.slice(0, -1).flatMap(({ message }) => message.tool_calls ?? [])).toHaveLength(1);
    expect(called.at(-1)?.message.tool_calls).toBeUndefined();
  });

  it('can fall back to generate', async () => {
    const seen = await setup.ask('/api/generate', { model: 'sim-chat:latest', prompt: 'hi', stream: true }, origin);
    expect(decodeLines(seen, is.struct({ response: is.string, done: is.boolean })).at(-1)?.done).toBe(true);
  });

  it('returns results without names', async () => {
    const messages = [
      { role: 'user', content: 'Search.' },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'search', arguments: {} } }] },
      { role: 'tool', content: 'found it' },
    ];
    const seen = await setup.ask('/api/chat', { model: 'sim-chat:latest', messages }, origin);
    const text = decodeLines(seen, line).map(({ message }) => message.content);
    expect(text.join('')).toContain('The tool search says: "found it"');
  });

  it('embeds pages', async () => {
    const seen = await setup.ask('/api/embed', { model: 'sim-embed:latest', input: ['a page'] }, origin);
    decodeWhole(seen, is.struct({ embeddings: is.list(is.list(is.number)) }));
  });
});
