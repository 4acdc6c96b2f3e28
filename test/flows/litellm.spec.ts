import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** Subscripts into dictionaries: what is missing is a KeyError. */
const show = is.struct({ template: is.string, model_info: is.mapOf(is.anything) });
const chatLine = is.struct({
  model: is.string,
  message: is.struct({
    content: is.string,
    tool_calls: is.optional(is.list(is.toolCall)),
  }),
  done: is.boolean,
});
const generateLine = is.struct({ error: is.absent, response: is.string, done: is.boolean });

describe('LiteLLM', () => {
  it.each([
    ['sim-chat', true],
    ['sim-plain', false],
  ])('looks for tools in the template of %s: %s', async (name, expected) => {
    const { template, model_info: info } = decodeWhole(await setup.ask('/api/show', { name }), show);
    expect(template.toLowerCase().includes('tools')).toBe(expected);
    const key = Object.keys(info).find((each) => each.includes('context_length'));
    expect(is.integer(info[key ?? ''], 'context length')).toBeGreaterThan(0);
  });

  it('continues after a tool call whose message it drops', async () => {
    const tools = [tool('weather', { city: { type: 'string' } })];
    const user = { role: 'user', content: 'Weather?' };
    const request = { model: 'sim-chat', stream: true, options: { num_predict: 500, top_p: 0.9 }, tools };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), chatLine);
    expect(first.flatMap(({ message }) => message.tool_calls ?? [])).toHaveLength(1);
    const messages = [user, { role: 'assistant', content: '' }, { role: 'tool', content: 'rain' }];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), chatLine);
    expect(second.map(({ message }) => message.content).join('')).toContain('The tool weather says: "rain"');
  });

  it('accepts a result without any message before it', async () => {
    const messages = [
      { role: 'tool', content: 'rain' },
      { role: 'tool', content: 'wind' },
      { role: 'user', content: 'So?' },
    ];
    const { message } = decodeWhole(
      await setup.ask('/api/chat', { model: 'sim-chat', stream: false, messages }),
      chatLine,
    );
    expect(message.content).toContain('You said: "So?"');
  });

  it('generates: all text comes before the last line', async () => {
    const lines = decodeLines(
      await setup.ask('/api/generate', { model: 'sim-chat', prompt: 'hi', options: {} }),
      generateLine,
    );
    expect(lines.at(-1)).toMatchObject({ done: true, response: '' });
  });

  it('embeds', async () => {
    const seen = await setup.ask('/api/embed', { model: 'sim-embed', input: ['a', 'b'], options: {} });
    const { embeddings } = decodeWhole(
      seen,
      is.struct({ embeddings: is.list(is.list(is.number)), prompt_eval_count: is.integer }),
    );
    expect(embeddings).toHaveLength(2);
  });
});
