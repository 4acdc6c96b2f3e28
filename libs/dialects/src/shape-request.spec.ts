import { describe, expect, it } from 'vitest';
import type { OpenAiChatRequest } from '#contracts';
import type { Dialect } from './dialect.js';
import { DIALECTS, PLAIN } from './dialect.js';
import { shapeRequest } from './shape-request.js';

const BASE: OpenAiChatRequest = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  stream: true,
  temperature: 0,
  max_tokens: 5,
};
const EXTRAS = { top_k: 1, min_p: 0.1, typical_p: 0.9, repeat_penalty: 1.1, repeat_last_n: 64 };

describe('shaped request', () => {
  it.each([
    ['plain', {}],
    ['llama.cpp', EXTRAS],
    ['vllm', { top_k: 1, min_p: 0.1, repetition_penalty: 1.1 }],
    ['openrouter', { top_k: 1, min_p: 0.1, repetition_penalty: 1.1 }],
  ])('has the extras that %s takes, under its names', (name, expected) => {
    expect(shapeRequest({ ...BASE, ...EXTRAS }, dialect(name))).toStrictEqual({ ...BASE, ...expected });
  });

  it.each([
    ['plain', 'none', {}],
    ['plain', 'default', { reasoning_effort: 'medium' }],
    ['llama.cpp', 'none', { chat_template_kwargs: { enable_thinking: false } }],
    ['openrouter', 'high', { reasoning: { effort: 'high' } }],
  ])('of %s says the effort "%s" in its own way', (name, effort, expected) => {
    expect(shapeRequest({ ...BASE, reasoning_effort: effort }, dialect(name))).toStrictEqual({ ...BASE, ...expected });
  });

  it('says nothing of thinking to a dialect that has no word for it', () => {
    const mute: Dialect = { name: 'mute', extras: [] };

    expect(shapeRequest({ ...BASE, reasoning_effort: 'high' }, mute)).toStrictEqual(BASE);
  });

  it.each(['plain', 'llama.cpp', 'vllm', 'openrouter'])('of %s is the same when nothing was special', (name) => {
    expect(shapeRequest(BASE, dialect(name))).toStrictEqual(BASE);
  });

  it('is a new one', () => {
    const request = Object.freeze({ ...BASE, ...EXTRAS, reasoning_effort: 'low' });

    expect(() => shapeRequest(request, dialect('vllm'))).not.toThrow();
    expect(request).toHaveProperty('repeat_penalty');
  });
});

function dialect(name: string): Dialect {
  return [PLAIN, ...DIALECTS].find((each) => each.name === name)!;
}
