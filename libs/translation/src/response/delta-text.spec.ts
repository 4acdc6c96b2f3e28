import { describe, expect, it } from 'vitest';
import type { OpenAiDelta } from '#contracts';
import { reasoningOf, textOf } from './delta-text.js';

const PARTS = [
  {
    type: 'thinking',
    thinking: [
      { type: 'text', text: 'T1' },
      { type: 'text', text: 'T2' },
    ],
    closed: true,
  },
  { type: 'text', text: 'A' },
  { type: 'text', text: 'B' },
];

const DELTAS: { delta: OpenAiDelta; text: string; reasoning: string }[] = [
  { delta: { content: 'Hi' }, text: 'Hi', reasoning: '' },
  { delta: { content: ' ' }, text: ' ', reasoning: '' },
  { delta: { content: '' }, text: '', reasoning: '' },
  { delta: { content: null }, text: '', reasoning: '' },
  { delta: {}, text: '', reasoning: '' },
  { delta: { content: 5 }, text: '', reasoning: '' },
  { delta: { content: PARTS }, text: 'AB', reasoning: 'T1T2' },
  { delta: { content: [{ type: 'thinking', thinking: 'T' }] }, text: '', reasoning: 'T' },
  { delta: { content: ['A', { text: 'B' }, null, 5, {}] }, text: 'AB', reasoning: '' },
  { delta: { content: [] }, text: '', reasoning: '' },
  { delta: { content: null, reasoning_content: 'T' }, text: '', reasoning: 'T' },
  { delta: { content: '', reasoning: 'T' }, text: '', reasoning: 'T' },
  { delta: { reasoning: 'T', reasoning_content: 'T' }, text: '', reasoning: 'T' },
  { delta: { reasoning: 'T', reasoning_content: null }, text: '', reasoning: 'T' },
  { delta: { reasoning: 'T', reasoning_content: '' }, text: '', reasoning: 'T' },
  { delta: { content: 'A', reasoning: 'T' }, text: 'A', reasoning: 'T' },
  { delta: { reasoning: 'T', reasoning_details: [{ type: 'reasoning.text', text: 'T' }] }, text: '', reasoning: 'T' },
  { delta: { reasoning_details: [{ text: 'T1' }, { summary: 'T2' }] }, text: '', reasoning: 'T1T2' },
  { delta: { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }, text: '', reasoning: '' },
  { delta: { reasoning_details: {}, reasoning: {} }, text: '', reasoning: '' },
  { delta: { content: PARTS, reasoning: 'T' }, text: 'AB', reasoning: 'T' },
];

describe('delta', () => {
  it.each(DELTAS)('$delta has the text "$text" and the reasoning "$reasoning"', ({ delta, text, reasoning }) => {
    expect(textOf(delta)).toBe(text);
    expect(reasoningOf(delta)).toBe(reasoning);
  });
});
