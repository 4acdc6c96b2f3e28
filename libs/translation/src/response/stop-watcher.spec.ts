import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopWatcher } from './stop-watcher.js';

function watch(stops: readonly string[], text: string, size: number): { emitted: string; isHit: boolean } {
  let emitted = '';
  const watcher = new StopWatcher(stops, (each) => (emitted += each));
  for (let at = 0; at < text.length; at += size) watcher.push(text.slice(at, at + size));
  watcher.end();
  return { emitted, isHit: watcher.isHit };
}

/** The first sequence that is complete ends the text; of several that end at one place the longest. */
function cutAtFirst(stops: readonly string[], text: string): { emitted: string; isHit: boolean } {
  for (let end = 1; end <= text.length; end += 1) {
    const found = stops.filter((stop) => text.slice(0, end).endsWith(stop));
    const longest = Math.max(0, ...found.map(({ length }) => length));
    if (longest > 0) return { emitted: text.slice(0, end - longest), isHit: true };
  }
  return { emitted: text, isHit: false };
}

describe.each([1, 2, 3, 7, 100])('stop sequences in pieces of %i characters', (size) => {
  it.each([
    [['END'], 'one two END three', 'one two ', true],
    [['END'], 'one two EN', 'one two EN', false],
    [['abcabd'], 'abcabcabd!', 'abc', true],
    [['x', 'yy'], 'ayybx', 'a', true],
    [['bc', 'abcde'], 'xabcde', 'xa', true],
    [['c', 'abc'], 'xabc', 'x', true],
    [['b', 'abc'], 'xab', 'xa', true],
    [[], 'all of it', 'all of it', false],
    [['\n\n'], 'a\nb\n\nc', 'a\nb', true],
  ])('%j in %j', (stops, text, emitted, isHit) => {
    expect(watch(stops, text, size)).toEqual({ emitted, isHit });
  });
});

describe('stop sequences', () => {
  it('are found as a search of the whole text finds them, wherever the text is cut', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '🙂'), minLength: 1, maxLength: 6 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '🙂'), maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 6 }),
        text,
        fc.integer({ min: 1, max: 9 }),
        (stops, all, size) => {
          expect(watch(stops, all, size)).toEqual(cutAtFirst(stops, all));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('hold back only what may be the beginning of one', () => {
    const emitted: string[] = [];
    const watcher = new StopWatcher(['</s>'], (text) => emitted.push(text));

    for (const text of ['one <', '/', 'x', ' </s']) watcher.push(text);

    expect(emitted).toEqual(['one ', '</x', ' ']);
  });

  it('cost linear time in their number and in the text, in small pieces, too', () => {
    const run = (count: number): void => {
      const stops = Array.from({ length: count }, (_, index) => `a${String(index)}z`);
      const text = 'a12345'.repeat(count / 4);
      expect(watch(stops, text, 3)).toEqual({ emitted: text, isHit: false });
    };
    expect(run).toTakeLinearTime(20_000);
  });

  it('cost linear time when the text nearly matches a long one', () => {
    const run = (length: number): void => {
      expect(watch([`${'a'.repeat(length)}b`], 'a'.repeat(2 * length), 1).isHit).toBe(false);
    };
    expect(run).toTakeLinearTime(25_000);
  });
});
