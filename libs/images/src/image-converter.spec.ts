import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImageConverter } from './image-converter.js';

const { signal } = new AbortController();
const converter = new ImageConverter();
// Made without a decoder, since a converter limits those of the process.
const canvas = (width: number, height: number, channels: 3 | 4) =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 20, b: 20, alpha: 0.5 } } });
const opaque = await canvas(8, 4, 3).webp().toBuffer();
const transparent = await canvas(8, 4, 4).webp().toBuffer();
const wide = await canvas(9000, 90, 3).webp().toBuffer();
const huge = await canvas(8000, 8000, 3).webp({ quality: 1 }).toBuffer();
const turned = await canvas(8, 4, 3).withMetadata({ orientation: 6 }).webp().toBuffer();
const frames = Buffer.alloc(8 * 4 * 3).fill(255, 0, 8 * 2 * 3);
const animation = await sharp(frames, { raw: { width: 8, height: 4, channels: 3, pageHeight: 2 } })
  .webp()
  .toBuffer();

/** Width and height in the header of a PNG, or in the first frame header of a JPEG. */
function sizeOf(data: string): [number, number] {
  const bytes = Buffer.from(data, 'base64');
  if (bytes.subarray(1, 4).toString() === 'PNG') return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const at = [0xc0, 0xc2].map((kind) => bytes.indexOf(Buffer.of(0xff, kind))).find((each) => each > 0) ?? 0;
  return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
}

describe('an image converter', () => {
  it.each([
    ['opaque', opaque, 'image/jpeg', [8, 4], false],
    ['transparent', transparent, 'image/png', [8, 4], false],
    ['too wide', wide, 'image/jpeg', [2048, 20], false],
    ['turned by its metadata', turned, 'image/jpeg', [4, 8], false],
    ['animated', animation, 'image/jpeg', [8, 2], true],
  ] as const)('converts an image that is %s', async (_case, image, type, size, isFirstOfMany) => {
    expect(await converter.isAvailable()).toBe(true);
    const converted = await converter.convert(image, signal);
    expect(converted).toMatchObject({ type, isFirstOfMany });
    expect(sizeOf(converted?.data ?? '')).toEqual(size);
  });

  it.each([
    ['too large', huge],
    ['cut', wide.subarray(0, 60)],
    ['none', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['a drawing', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')],
  ])('converts nothing that is %s', async (_case, image) => {
    expect(await converter.convert(image, signal)).toBeUndefined();
  });

  it('converts nothing for a request that was aborted', async () => {
    const controller = new AbortController();
    controller.abort(new Error('gone'));
    await expect(converter.convert(opaque, controller.signal)).rejects.toThrow('gone');
  });
});
