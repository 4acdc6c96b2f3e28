import { expect, it, vi } from 'vitest';
import { ImageConverter } from './image-converter.js';

vi.mock('sharp', () => {
  throw new Error('Cannot find package');
});

it('an image converter without its package converts nothing', async () => {
  const converter = new ImageConverter();
  expect(await converter.isAvailable()).toBe(false);
  expect(await converter.convert(Buffer.from('x'), new AbortController().signal)).toBeUndefined();
});
