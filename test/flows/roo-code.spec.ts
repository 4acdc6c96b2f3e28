import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const details = is.struct({
  family: is.string,
  families: is.nullable(is.list(is.string)),
  format: is.optional(is.string),
  parameter_size: is.string,
  parent_model: is.optional(is.string),
  quantization_level: is.optional(is.string),
});
const tags = is.struct({ models: is.list(is.struct({ name: is.string, model: is.string, details })) });
const show = is.struct({
  model_info: is.mapOf(is.anything),
  capabilities: is.optional(is.list(is.string)),
  details: is.optional(details),
});
const line = is.struct({
  error: is.absent,
  message: is.struct({
    content: is.string,
    tool_calls: is.optional(is.list(is.toolCall)),
  }),
  done: is.boolean,
});

describe('Roo Code', () => {
  it('offers the models with tools', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags'), tags);
    const shown = await Promise.all(
      models.map(async ({ model }) => decodeWhole(await setup.ask('/api/show', { model }), show)),
    );
    const lengths = shown.map(({ model_info: info }) =>
      Object.keys(info).find((key) => key.includes('context_length')),
    );
    expect(lengths).not.toContain(undefined);
    const offered = models.filter((_, index) => shown[index]?.capabilities?.includes('tools'));
    expect(offered.map(({ name }) => name)).toEqual(expect.arrayContaining(['sim-chat:latest', 'sim-reason:latest']));
  });

  it('indexes code with a listed model, with and without a tag', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags'), tags);
    expect(models.some(({ name }) => name === 'sim-embed' || name === 'sim-embed:latest')).toBe(true);
    const seen = await setup.ask('/api/embed', { model: 'sim-embed', input: ['test'] });
    expect(decodeWhole(seen, is.struct({ embeddings: is.list(is.list(is.number)) })).embeddings).toHaveLength(1);
  });

  it('returns a tool result as a user message', async () => {
    const user = { role: 'user', content: 'List the files.' };
    const request = { model: 'sim-chat', stream: true, options: { temperature: 0 }, tools: [tool('list_files')] };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), line);
    const calls = first.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls).toHaveLength(1);
    const messages = [
      user,
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'user', content: 'README.md and src' },
    ];
    decodeLines(await setup.ask('/api/chat', { ...request, messages }), line);
    expect((setup.lastBody().messages as object[]).slice(-2)).toEqual([
      { role: 'tool', tool_call_id: expect.any(String), content: '(no result)' },
      { role: 'user', content: 'README.md and src' },
    ]);
  });

  it('does so for several calls', async () => {
    const call = (path: string) => ({ function: { name: 'read_file', arguments: { path } } });
    const messages = [
      { role: 'user', content: 'Read both.' },
      { role: 'assistant', content: 'I read them.', tool_calls: [call('a'), call('b')] },
      { role: 'user', content: '[a] one [b] two' },
    ];
    const seen = await setup.ask('/api/chat', { model: 'sim-chat', stream: true, messages });
    expect(
      decodeLines(seen, line)
        .map(({ message }) => message.content)
        .join(''),
    ).toContain('[a] one [b] two');
  });
});
