import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfText } from './scan-text.js';

/** Texts with escapes at every distance, close together and far apart. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', '\\', '\n', '""""', '\\\\', 'é🙂'),
      fc.nat(60).map((length) => 'x'.repeat(length)),
    ),
  )
  .map((pieces) => pieces.join(''));

describe('the end of a JSON text', () => {
  it('is behind its closing quote, whatever is escaped in it and whatever follows', () => {
    fc.assert(
      fc.property(text, text, text, (before, value, after) => {
        const json = JSON.stringify(value);
        const start = before.length;
        expect(endOfText(`${before}${json}${after}`, start)).toBe(start + json.length);
      }),
    );
  });

  it('is missing where the text is not closed', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(endOfText(JSON.stringify(value).slice(0, -1), 0)).toBe(-1);
      }),
    );
  });

  it.each(['"', '\\', 'x"', `${'x'.repeat(23)}"`, `${'x'.repeat(24)}"`])('takes linear time with %j', (piece) => {
    const end = (size: number): number => endOfText(JSON.stringify(piece.repeat(size / piece.length)), 0);
    expect(end).toTakeLinearTime(250_000);
  });
});
