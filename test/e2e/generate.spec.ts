import { describe, expect, it } from 'vitest';
import { textOf } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

const generate = (body: object) => setup.ask('/api/generate', { model: 'sim-chat', ...body });
const lastBody = () => setup.lastBody();

describe('POST /api/generate', () => {
  it('streams `response` and ends with one done line', async () => {
    const { type, lines } = await generate({ prompt: '@sim {"text":"One two three."}\nhi' });
    expect(type).toBe('application/x-ndjson');
    expect(textOf(lines)).toBe('One two three.');
    expect(lines.filter(({ done }) => done)).toHaveLength(1);
    expect(lines.every((line) => typeof line.response === 'string')).toBe(true);
  });

  it('returns one object without a stream', async () => {
    const { lines } = await generate({ prompt: '@sim {"text":"Hello."}\nhi', stream: false });
    expect(lines).toEqual([expect.objectContaining({ response: 'Hello.', done: true, done_reason: 'stop' })]);
  });

  it('sends system and prompt as a conversation', async () => {
    await generate({ prompt: 'hi', system: 'Be brief.', suffix: '', template: '' });
    expect(lastBody().messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ]);
  });

  it('sends a raw prompt and a suffix to the completions endpoint', async () => {
    const raw = await generate({ prompt: 'def f(', raw: true });
    expect(setup.simulator.requests.at(-1)?.path).toBe('/v1/completions');
    expect(lastBody().prompt).toBe('def f(');
    expect(raw.lines.at(-1)).toMatchObject({ done: true });
    await generate({ prompt: 'def f(', suffix: 'return x' });
    expect(lastBody()).toMatchObject({ prompt: 'def f(', suffix: 'return x' });
  });

  it('refuses raw together with system or template', async () => {
    const { status, lines } = await generate({ prompt: 'x', raw: true, system: 'y' });
    expect(status).toBe(400);
    expect(lines).toEqual([{ error: 'raw mode does not support template, system, or context' }]);
  });

  it('loads and unloads', async () => {
    expect((await generate({ prompt: '' })).lines).toEqual([
      expect.objectContaining({ response: '', done_reason: 'load' }),
    ]);
    expect((await generate({ keep_alive: '0s' })).lines).toEqual([expect.objectContaining({ done_reason: 'unload' })]);
  });
});
