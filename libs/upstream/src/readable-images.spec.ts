import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { ImageConverter } from '#images';
import { ReadableImages } from './readable-images.js';

const SIDE = 2048;
const TILE = 64;
const WEBP: ReadonlySet<string> = new Set(['image/webp']);

/** Tiles of the same noise: a few kilobytes of WebP, and megabytes of JPEG. */
async function tiledNoise(seed: number): Promise<string> {
  let state = seed;
  const tile = Uint8Array.from({ length: TILE * TILE * 3 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
  const pixels = Buffer.alloc(SIDE * SIDE * 3);
  for (let row = 0; row < SIDE; row += 1) {
    const start = (row % TILE) * TILE * 3;
    pixels.fill(tile.subarray(start, start + TILE * 3), row * SIDE * 3, (row + 1) * SIDE * 3);
  }
  const image = sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } });
  return (await image.webp({ lossless: true, effort: 0 }).toBuffer()).toString('base64');
}

const noises = await Promise.all([1, 2, 3, 4, 5, 6].map(tiledNoise));

function requestOf(images: readonly string[]): Record<string, unknown> {
  const content = images.map((data) => ({ type: 'image_url', image_url: { url: `data:image/webp;base64,${data}` } }));
  return { messages: [{ role: 'user', content }] };
}

async function convert(images: readonly string[], converter = new ImageConverter()) {
  const conversions = vi.spyOn(converter, 'convert');
  const context = { correlationId: 'call-1', signal: new AbortController().signal };
  const result = new ReadableImages(converter).convert(requestOf(images), WEBP, context);
  const outcome = await result.then(
    (request) => ({ size: JSON.stringify(request).length, error: undefined }),
    (error: unknown) => ({ size: 0, error }),
  );
  return { ...outcome, conversions: conversions.mock.calls.length };
}

const TOO_LARGE = {
  status: 400,
  message: 'the upstream needs PNG or JPEG, and the converted images are too large: the limit is 33554432 bytes',
};

describe('the converted images of a request', () => {
  it('may be larger than the request, up to a limit', async () => {
    const images = noises.slice(0, 2);
    expect(JSON.stringify(requestOf(images)).length).toBeLessThan(300_000);
    const { size, conversions } = await convert(images);
    expect(size).toBeGreaterThan(5_000_000);
    expect(size).toBeLessThan(33_554_432);
    expect(conversions).toBe(2);
  });

  it('are too large from the image on that passes the limit', async () => {
    const { error, conversions } = await convert(noises);
    expect(error).toMatchObject(TOO_LARGE);
    expect(conversions).toBeLessThan(noises.length);
  });

  it('count as often as they occur', async () => {
    const { error, conversions } = await convert(Array.from({ length: 6 }, () => noises[0] ?? ''));
    expect(error).toMatchObject(TOO_LARGE);
    expect(conversions).toBe(1);
  });

  it('are limited in number before any is converted', async () => {
    const images = Array.from({ length: 101 }, (_, at) => Buffer.from(`image ${String(at)}`).toString('base64'));
    const converter = new ImageConverter();
    vi.spyOn(converter, 'convert').mockResolvedValue({ type: 'image/png', data: 'AAAA', isFirstOfMany: false });
    expect(await convert([...images.slice(1), ...images.slice(1)], converter)).toMatchObject({ conversions: 100 });
    const { error, conversions } = await convert(images);
    expect(error).toMatchObject({
      status: 400,
      message: 'the upstream needs PNG or JPEG: at most 100 images of a request are converted',
    });
    expect(conversions).toBe(0);
  });
});
