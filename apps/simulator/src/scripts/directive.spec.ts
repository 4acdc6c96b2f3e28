import { describe, expect, it } from 'vitest';
import { question, send, sendJson, startSimulator } from '../../test/support.js';
import { takeDirective } from './directive.js';

describe('directive', () => {
  it.each([
    [
      { messages: [{ role: 'user', content: '@sim {"tokens":3}\nHi' }] },
      { messages: [{ role: 'user', content: 'Hi' }] },
    ],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'text', text: '@sim {"tokens":3}\r\nHi' }] },
          { role: 'assistant', content: '' },
        ],
      },
      {
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
          { role: 'assistant', content: '' },
        ],
      },
    ],
    [{ prompt: '@sim {"tokens":3}' }, { prompt: '' }],
    [{ input: ['@sim {"tokens":3}\nHi', 'b'] }, { input: ['Hi', 'b'] }],
  ])('is taken out of %j', (body, rest) => {
    expect(takeDirective(body)).toEqual({ script: { tokens: 3 }, body: rest });
  });

  it.each(['Hi', 'Say @sim {"tokens":3}', '@simulate {}', '\n@sim {}'])('is not seen in %j', (content) => {
    const body = question(content);
    expect(takeDirective(body)).toEqual({ script: {}, body });
  });

  it.each(['@sim {"tokens":}', '@sim {"toknes":1}'])('is refused when wrong: %s', async (content) => {
    const simulator = await startSimulator();
    const { status } = await send(simulator, '/chat/completions', question(content));
    expect(status).toBe(400);
  });

  it('is not echoed, and gives way to a queued script', async () => {
    const simulator = await startSimulator();
    const body = question('@sim {"finish":"odd"}\nHello there');
    const answer = await sendJson(simulator, '/chat/completions', body);
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'odd' });
    expect(answer.choices[0].message.content).toContain('"Hello there"');
    expect(answer.choices[0].message.content).not.toContain('@sim');
    simulator.next({ finish: 'other' });
    expect((await sendJson(simulator, '/chat/completions', body)).choices[0].finish_reason).toBe('other');
  });
});
