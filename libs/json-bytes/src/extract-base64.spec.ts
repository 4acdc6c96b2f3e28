import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractBase64 } from './extract-base64.js';
import { restoreBase64 } from './extracted-base64.js';
import { readBase64 } from '../../contracts/src/shape/base64.js';

const image = (bytes: number, seed = 1): string =>
  Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + seed) % 251)).toString('base64');
const OPTIONS = { newToken: () => '0123456789abcdef', headLength: 48 };
const SIZES = [1000, 20_000, 65_536, 1_000_000];
const take = (json: string, size = 1_000_000) => {
  const bytes = Buffer.from(json);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, turn) =>
    bytes.subarray(turn * size, (turn + 1) * size),
  );
  const extracted = extractBase64(pieces, OPTIONS);
  if (!extracted) return { text: json, chunks: [], whole: json };
  const { text, base64 } = extracted;
  return { text, chunks: base64.chunks, whole: restoreBase64(text, base64) };
};

describe('extracted base64', () => {
  it.each(SIZES)('is that of long images, with placeholders that are base64, in pieces of %i bytes', (size) => {
    const long = image(60_000);
    const images = [long, 'AAAA', `${long.slice(4)}AA==`];
    const json = JSON.stringify({ messages: [{ images, content: 'AAAA' }] });
    const { text, chunks, whole } = take(json, size);

    expect(chunks.length).toBeGreaterThan(1);
    expect(text.length).toBeLessThan(json.length / 2);
    expect(whole).toBe(json);
    const [message] = (JSON.parse(text) as { messages: [{ images: string[] }] }).messages;
    for (const [index, each] of message.images.entries()) expect(each.slice(0, 48)).toBe(images[index]!.slice(0, 48));
    expect(message.images.map(readBase64)).toEqual(message.images);
  });

  it('leaves the beginning of an image wherever a piece begins', () => {
    for (let lead = 0; lead < 60; lead += 1) {
      const json = `{"images":["${image(120_000)}"]}`;
      const { text, whole } = take(json, 65_536 - lead);
      expect(whole).toBe(json);
      expect(text.startsWith(json.slice(0, 60))).toBe(true);
    }
    const json = `{"a":"${'x '.repeat(16_000)}","images":["${image(120_000)}"]}`;
    const at = json.indexOf('["') + 2;
    for (let shift = -50; shift <= 50; shift += 1) {
      const { text, whole, chunks } = take(json, at + shift);
      expect(whole).toBe(json);
      expect(chunks.length).toBeGreaterThan(0);
      expect(text.slice(0, at + 48)).toBe(json.slice(0, at + 48));
    }
  });

  it.each([
    ['no base64', `{"images":["${'!'.repeat(50_000)}"]}`],
    ['base64 with a bad end', `{"images":["${'A'.repeat(49_999)}"]}`],
    ['padding in between', `{"images":["${'A'.repeat(40_000)}=${'A'.repeat(9999)}"]}`],
    ['line breaks', `{"images":["${'A'.repeat(40_000)}\\n${'A'.repeat(40_000)}"]}`],
    ['other fields', `{"image":["${'A'.repeat(50_000)}"],"images":"${'A'.repeat(50_000)}"}`],
    ['a text that looks like a list of images', JSON.stringify({ content: `{"images":["${'A'.repeat(50_000)}"]}` })],
    ['a truncated body', `{"images":["${'A'.repeat(50_000)}`],
    ['no value', `{"images":[`],
    ['nothing', ''],
  ])('is not that of %s', (_name, json) => {
    const { text, chunks } = take(json);

    expect(chunks).toHaveLength(0);
    expect(text).toBe(json);
  });

  it('is put back where a single image is invalid', () => {
    const [good, bad] = [image(60_000), 'A'.repeat(49_999)];
    const json = JSON.stringify({ content: good, images: [bad, good, `${good}!`], more: { images: [good] } });
    for (const size of SIZES) {
      const { text, whole } = take(json, size);
      expect(whole).toBe(json);
      const left = JSON.parse(text) as { content: string; images: string[]; more: { images: string[] } };
      expect([left.content, left.images[0], left.images[2]]).toEqual([good, bad, `${good}!`]);
      expect([left.images[1], left.more.images[0]].every((each) => each!.length < 45_000)).toBe(true);
    }
  });

  it('is found with spaces between, in several messages', () => {
    const json = `{ "a" : [ { "images" : [ "${image(30_000)}" ,\n"${image(40_000, 2)}" ] }, {"images":\t["${image(30_000, 3)}"]} ] }`;
    const { chunks, whole } = take(json);

    expect(chunks).toHaveLength(3);
    expect(whole).toBe(json);
  });

  it('leaves JSON that is the same with the chunks put back', () => {
    const piece = fc.constantFrom(
      '"images"',
      ':',
      '[',
      ']',
      ',',
      '{',
      '}',
      ' ',
      '\\',
      '"',
      `"${'A'.repeat(40_000)}"`,
      '"x"',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const json = pieces.join('');
        for (const size of [30_000, 1_000_000]) expect(take(json, size).whole).toBe(json);
      }),
      { numRuns: 500 },
    );
  });
});
