import { describe, expect, it } from 'vitest';
import { isExpressibleAsCompletion, toCompletionRequest } from './base-model.js';

const user = (content: unknown) => ({ role: 'user', content });

describe('a chat request for a model without chat template', () => {
  it('becomes a text completion with the texts of all messages', () => {
    const body = {
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        user([
          { type: 'text', text: 'San Francisco ' },
          { type: 'text', text: 'is' },
        ]),
      ],
      stream: true,
      temperature: 0,
      max_completion_tokens: 5,
      logprobs: true,
      top_logprobs: 2,
      reasoning_effort: 'low',
      chat_template_kwargs: {},
    };
    expect(toCompletionRequest(body)).toEqual({
      model: 'm',
      prompt: 'Be brief.\n\nSan Francisco is',
      stream: true,
      temperature: 0,
      max_tokens: 5,
      logprobs: 2,
    });
  });

  it.each([
    [{ messages: [user('x')] }, true],
    [{ messages: [user('x')], tools: [] }, false],
    [{ messages: [user([{ type: 'image_url', image_url: { url: 'x' } }])] }, false],
    [{ messages: [{ role: 'tool', content: 'x' }] }, false],
    [{ input: 'x' }, false],
  ])('%j: %s', (body, expected) => {
    expect(isExpressibleAsCompletion(body)).toBe(expected);
  });
});
