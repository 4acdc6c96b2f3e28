import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimatedTokens, firstTokens, hasMoreWords } from './text-length.js';

describe('the estimated tokens of a text', () => {
  it.each([
    ['', 0],
    [' \n ', 0],
    ['word', 1],
    ['a sentence of words.', 6],
    ['1234567', 3],
    ['日本語', 3],
    ['Привет', 2],
    ['a😀b', 3],
    ['{"a":[1]}', 9],
  ])('%j', (text, tokens) => {
    expect(estimatedTokens(text)).toBe(tokens);
  });

  it('cut a text at a whole character', () => {
    expect(firstTokens('one two three', 2)).toBe('one two');
    expect(firstTokens('😀😀😀', 2)).toBe('😀😀');
    expect(firstTokens('one', 5)).toBe('one');
  });

  it('take linear time', () => {
    for (const unit of ['a', ' ', '1', '日', 'é', '😀'])
      expect((size: number) => estimatedTokens(unit.repeat(size))).toTakeLinearTime(50_000);
  });

  it.each([
    ['one two three', 3],
    ['an-identifier(with.punctuation) — and\n\ta word', 4],
    ['漢字かな', 1],
    ['... --- ...', 0],
    ['a', 1],
    ['', 0],
  ])('are at least the words: %j', (text, words) => {
    expect(hasMoreWords(text, words)).toBe(false);
    if (words > 0) expect(hasMoreWords(text, words - 1)).toBe(true);
  });

  it('agree with each other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, tokens) => {
        const count = estimatedTokens(text);
        const cut = firstTokens(text, tokens);
        expect(text.startsWith(cut)).toBe(true);
        expect(estimatedTokens(cut)).toBe(Math.min(count, tokens));
      }),
    );
  });
});
