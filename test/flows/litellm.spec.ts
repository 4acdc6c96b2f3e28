import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import {
  absent,
  anything,
  boolean,
  decodeLines,
  decodeWhole,
  integer,
  list,
  mapOf,
  number,
  optional,
  string,
  struct,
  tool,
} from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** Subscripts into dictionaries: what is missing is a KeyError. */
const show = struct({ template: string, model_info: mapOf(anything) });
const chatLine = struct({
  model: string,
  message: struct({
    content: string,
    tool_calls: optional(list(struct({ function: struct({ name: string, arguments: mapOf(anything) }) }))),
  }),
  done: boolean,
});
const generateLine = struct({ error: absent, response: string, done: boolean });

describe('LiteLLM', () => {
  it.each([
    ['sim-chat', true],
    ['sim-plain', false],
  ])('looks for tools in the template of %s: %s', async (name, expected) => {
    const { template, model_info: info } = decodeWhole(await setup.ask('/api/show', { name }), show);
    expect(template.toLowerCase().includes('tools')).toBe(expected);
    const key = Object.keys(info).find((each) => each.includes('context_length'));
    expect(integer(info[key ?? ''], 'context length')).toBeGreaterThan(0);
  });

  it('goes on after a tool call whose message it has dropped', async () => {
    const tools = [tool('weather', { city: { type: 'string' } })];
    const user = { role: 'user', content: 'Weather?' };
    const request = { model: 'sim-chat', stream: true, options: { num_predict: 500, top_p: 0.9 }, tools };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), chatLine);
    expect(first.flatMap(({ message }) => message.tool_calls ?? [])).toHaveLength(1);
    const messages = [user, { role: 'assistant', content: '' }, { role: 'tool', content: 'rain' }];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), chatLine);
    expect(second.map(({ message }) => message.content).join('')).toContain('The tool weather says: "rain"');
  });

  it('takes even a result that nothing came before', async () => {
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
    const { embeddings } = decodeWhole(seen, struct({ embeddings: list(list(number)), prompt_eval_count: integer }));
    expect(embeddings).toHaveLength(2);
  });
});
