import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExtractedBase64 } from './extracted-base64.js';
import { runAtOnce } from '#primitives';
import { writeJson as write } from './write-json.js';

function writeJson(payload: object, base64?: ExtractedBase64): string | Uint8Array[] {
  const written = write(payload, base64);
  return typeof written === 'string' ? written : runAtOnce(written);
}

const textOf = (body: string | Uint8Array[]): string =>
  typeof body === 'string' ? body : Buffer.concat(body).toString();
const LONG = 'äöü "quoted" \\ \n 😀 '.repeat(5000);

describe('written JSON', () => {
  it('is a text where it is short', () => {
    expect(writeJson({ model: 'm', stop: undefined, list: [1, null] })).toBe('{"model":"m","list":[1,null]}');
  });

  it.each([
    ['a long text', { model: 'm', messages: [{ role: 'user', content: LONG }], absent: undefined }],
    [
      'many texts',
      { messages: Array.from({ length: 300 }, (_, index) => ({ content: `${index} ${LONG.slice(0, 500)}` })) },
    ],
    ['surrogates at every cut', { text: `x${'😀'.repeat(50_000)}`, other: '😀'.repeat(50_000) }],
    ['half a pair', { text: '\ud800'.repeat(70_000) }],
    ['odd values', { list: [undefined, null, [], {}, LONG, 1e300, -0, true], '"key"': LONG, empty: {} }],
  ])('equals JSON.stringify for %s', (_name, value) => {
    const body = writeJson(value);

    expect(body).toBeInstanceOf(Array);
    expect(textOf(body)).toBe(JSON.stringify(value));
  });

  it('equals JSON.stringify for any value', () => {
    const long = fc
      .tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 3000 }))
      .map(([text, times]) => text.repeat(times));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.jsonValue(),
        long,
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (payload) => {
        // Half a pair may be escaped in one and whole in the other: what is read from both is the same.
        expect(JSON.parse(textOf(writeJson(payload)))).toEqual(JSON.parse(JSON.stringify(payload)));
      }),
      { numRuns: 300 },
    );
  });

  it('puts base64 in the place of its placeholders, in any order and as often as they occur', () => {
    const token = '0123456789ab';
    const base64: ExtractedBase64 = {
      token,
      pattern: new RegExp(`${token}(\\d{8})`, 'g'),
      placeholderLength: token.length + 8,
      chunks: ['one', 'two'].map((word) => Buffer.from(word.repeat(3))),
    };
    const [one, two, none] = [0, 1, 2].map((place) => `${token}0000000${String(place)}`);
    const body = writeJson({ list: [`x,${two}`, { url: one }, `${two};${one}`, none, token] }, base64);

    expect(textOf(body)).toBe(
      `{"list":["x,twotwotwo",{"url":"oneoneone"},"twotwotwo;oneoneone","${none}","${token}"]}`,
    );
  });

  it('puts base64 back wherever a long text is cut', () => {
    const token = '0123456789abcdef';
    const base64: ExtractedBase64 = {
      token,
      pattern: new RegExp(`${token}(\\d{8})`, 'g'),
      placeholderLength: token.length + 8,
      chunks: [Buffer.from('CHUNK')],
    };
    const cut = 32 * 1024;
    for (let lead = cut - 40; lead < cut + 5; lead += 1) {
      for (const filling of ['x', '😀']) {
        const text = `${filling.repeat(lead / filling.length)}${token}00000000${'y'.repeat(cut)}`;
        const body = writeJson({ text, list: [text, `"${text}`] }, base64);
        const whole = text.replace(`${token}00000000`, 'CHUNK');
        expect(JSON.parse(textOf(body))).toEqual({ text: whole, list: [whole, `"${whole}`] });
      }
    }
  });
});
