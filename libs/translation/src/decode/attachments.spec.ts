import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeAttachments } from './attachments.js';
import { readBase64 } from './base64.js';

const image = (bytes: number, seed = 1): string =>
  Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + seed) % 251)).toString('base64');
const MARK = '0123456789abcdef';
const take = (json: string) => {
  const { rest, attachments } = takeAttachments(Buffer.from(json), MARK);
  const text = Buffer.concat(rest).toString();
  const imageAt = (_found: string, place: string): string => Buffer.from(attachments.images[Number(place)]!).toString();
  return { text, images: attachments.images, whole: text.replaceAll(attachments.pattern, imageAt) };
};

describe('attachments', () => {
  it('are long images; what stands for one begins as it does and is taken for base64', () => {
    const long = image(30_000);
    const json = JSON.stringify({ messages: [{ images: [long, 'AAAA', `${long.slice(4)}AA==`], content: long }] });
    const { text, images, whole } = take(json);

    expect(images).toHaveLength(2);
    expect(whole).toBe(json);
    const [message] = (JSON.parse(text) as { messages: [{ images: string[]; content: string }] }).messages;
    expect(message.images[0]).toBe(`${long.slice(0, 48)}${MARK}00000000`);
    expect(message.images[1]).toBe('AAAA');
    expect(message.content).toBe(long);
    expect(message.images.map(readBase64)).toEqual(message.images);
  });

  it.each([
    ['no base64', `{"images":["${'!'.repeat(50_000)}"]}`],
    ['base64 with a bad end', `{"images":["${'A'.repeat(49_999)}"]}`],
    ['padding in between', `{"images":["${'A'.repeat(40_000)}=${'A'.repeat(9999)}"]}`],
    ['line breaks', `{"images":["${'A'.repeat(40_000)}\\n${'A'.repeat(40_000)}"]}`],
    ['other fields', `{"image":["${'A'.repeat(50_000)}"],"images":"${'A'.repeat(50_000)}"}`],
    ['a text that speaks of them', JSON.stringify({ content: `{"images":["${'A'.repeat(50_000)}"]}` })],
    ['a body that breaks off', `{"images":["${'A'.repeat(50_000)}`],
    ['no value', `{"images":[`],
    ['nothing', ''],
  ])('are not made of %s', (_name, json) => {
    const { text, images } = take(json);

    expect(images).toHaveLength(0);
    expect(text).toBe(json);
  });

  it('are found with spaces between, one after the other, in several messages', () => {
    const json = `{ "a" : [ { "images" : [ "${image(30_000)}" ,\n"${image(40_000, 2)}" ] }, {"images":\t["${image(30_000, 3)}"]} ] }`;
    const { images, whole } = take(json);

    expect(images).toHaveLength(3);
    expect(whole).toBe(json);
  });

  it('leave JSON that says the same', () => {
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
        expect(take(json).whole).toBe(json);
      }),
      { numRuns: 500 },
    );
  });
});
