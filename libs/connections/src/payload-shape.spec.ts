import { describe, expect, it } from 'vitest';
import { redactPayload } from './redact-payload.js';

describe('shape of a payload', () => {
  it('says how the upstream was asked and nothing of what was said', () => {
    const shape = redactPayload({
      model: 'gpt',
      stream: true,
      temperature: 0,
      messages: [
        { role: 'user', content: 'my secret' },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { arguments: '{}' } }],
        },
      ],
      stop: ['x'],
    });

    expect(shape).toEqual({
      model: 'gpt',
      stream: true,
      temperature: 0,
      messages: [
        { role: 'user', content: '(9 characters)' },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: '(26 characters)' } }] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: '(1 characters)', type: 'function', function: { arguments: '(2 characters)' } }],
        },
      ],
      stop: ['(1 characters)'],
    });
  });

  it.each([{ model: ['secret'] }, { model: { text: 'secret' } }, ['secret'], 'secret'])(
    'hides a text in a strange place: %j',
    (payload) => {
      expect(JSON.stringify(redactPayload(payload))).not.toContain('secret');
    },
  );
});
