import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

describe('think', () => {
  const reason = (body: object) =>
    setup.ask('/api/chat', {
      model: 'sim-reason',
      messages: [{ role: 'user', content: 'Why?' }],
      stream: false,
      ...body,
    });

  it('false disables thinking', async () => {
    expect((await reason({ think: false })).lines[0]?.message).not.toHaveProperty('thinking');
    const forced = await reason({
      think: false,
      messages: [{ role: 'user', content: '@sim {"thinking":"hmm","text":"Yes."}\nWhy?' }],
    });
    expect(forced.lines[0]?.message).toEqual({ role: 'assistant', content: 'Yes.' });
  });

  it.each(['true', '"low"', '"medium"', '"high"', '"max"'])('%s enables thinking', async (think) => {
    const { lines } = await reason({ think: JSON.parse(think) });
    expect(lines[0]?.message?.thinking).toMatch(/./);
  });

  it('is refused if the model list excludes it', async () => {
    const { status, lines } = await setup.ask('/api/chat', {
      model: 'sim-plain',
      messages: [{ role: 'user', content: 'x' }],
      think: true,
    });
    expect([status, lines]).toEqual([400, [{ error: '"sim-plain" does not support thinking' }]]);
  });

  it('treats tags at the start of the text as thinking', async () => {
    const { lines } = await setup.ask('/api/chat', {
      model: 'sim-chat',
      messages: [{ role: 'user', content: '@sim {"text":"<think>hmm</think>\\nYes.","tokenDelayMs":1}\nx' }],
    });
    expect(lines.map(({ message }) => message?.content).join('')).toBe('Yes.');
    expect(
      lines
        .map(({ message }) => message?.thinking ?? '')
        .join('')
        .trim(),
    ).toBe('hmm');
  });
});
