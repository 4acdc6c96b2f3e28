import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, errorOf, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const assistant = is.struct({
  role: is.oneOf('assistant'),
  content: is.string,
  tool_calls: is.optional(is.list(is.toolCall)),
});

/** The mere presence of `error` is a failure, and of `type` another program's format. */
const chatLine = is.struct({ error: is.absent, type: is.absent, message: assistant, done: is.boolean });
const generateLine = is.struct({ error: is.absent, response: is.string, done: is.boolean });

const options = { num_ctx: 8192, num_predict: 256, stop: ['\n\n'], temperature: 0.2 };
const request = { model: 'sim-chat', keep_alive: 1800, options, stream: true };

describe('Continue', () => {
  it('reads parameters and template of a model', async () => {
    const show = is.struct({ parameters: is.nullable(is.string), template: is.string });
    const { parameters, template } = decodeWhole(await setup.ask('/api/show', { name: 'sim-chat' }), show);
    expect((parameters ?? '').split('\n').every((row) => row === '' || /^\S+\s+\S/.test(row))).toBe(true);
    expect(template.includes('.Suffix'), 'fill-in-the-middle would be switched on').toBe(false);
  });

  it('lists the models', async () => {
    const { models } = decodeWhole(
      await setup.ask('/api/tags'),
      is.struct({ models: is.list(is.struct({ name: is.string })) }),
    );
    expect(models.map(({ name }) => name)).toContain('sim-chat:latest');
  });

  it('runs an agent that sends tools with the first request only', async () => {
    const user = { role: 'user', content: 'Read the file.' };
    const first = decodeLines(
      await setup.ask('/api/chat', { ...request, messages: [user], tools: [tool('read_file')] }),
      chatLine,
    );
    const calls = first.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls.map((each) => each.function.name)).toEqual(['read_file']);
    const messages = [
      user,
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'tool', content: 'const x = 1;' },
    ];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), chatLine);
    expect(second.map(({ message }) => message.content).join('')).toContain('const x = 1;');
  });

  it('completes code between a prefix and a suffix, and from a raw prompt', async () => {
    const between = { ...request, prompt: 'function add(a, b) {', suffix: '}', raw: false };
    const filled = decodeLines(await setup.ask('/api/generate', between), generateLine);
    expect(filled.map(({ response }) => response).join('')).toContain('This goes before: }');
    const raw = await setup.ask('/api/generate', { ...request, prompt: '<PRE> a <SUF> b <MID>', raw: true });
    expect(decodeLines(raw, generateLine).at(-1)?.done).toBe(true);
    expect(setup.lastBody()).toMatchObject({ prompt: '<PRE> a <SUF> b <MID>', max_tokens: 256, stop: ['\n\n'] });
  });

  it('embeds the code base', async () => {
    const seen = await setup.ask('/api/embed', { model: 'sim-embed', input: ['a', 'b', 'c'] });
    expect(decodeWhole(seen, is.struct({ embeddings: is.list(is.list(is.number)) })).embeddings).toHaveLength(3);
  });

  it('recognizes a missing model by the error text', async () => {
    const seen = await setup.ask('/api/chat', {
      ...request,
      model: 'nope',
      messages: [{ role: 'user', content: 'x' }],
    });
    expect([seen.status, /model '(.*)' not found/.exec(errorOf(seen))?.[1]]).toEqual([404, 'nope']);
  });
});
