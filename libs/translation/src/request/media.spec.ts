import { describe, expect, it } from 'vitest';
import { toMediaPart } from './media.js';

/** The first bytes of real files, in hexadecimal. */
const FILES = {
  'image/png': base64('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489'),
  'image/webp': base64('524946462400000057454250565038200000'),
  'image/jpeg': Buffer.from('hello world').toString('base64'),
};

describe('media part', () => {
  it.each(Object.entries(FILES))('is a data URL of %s, of JPEG for an unknown type', (type, file) => {
    expect(toMediaPart(file)).toEqual({ type: 'image_url', image_url: { url: `data:${type};base64,${file}` } });
  });

  it.each([
    ['wav', base64('524946462408000057415645666d742010000000')],
    ['mp3', base64('49443304000000000023545353450000')],
  ])('is sound for %s', (format, file) => {
    expect(toMediaPart(file)).toEqual({ type: 'input_audio', input_audio: { data: file, format } });
  });
});

function base64(hexadecimal: string): string {
  return Buffer.from(hexadecimal, 'hex').toString('base64');
}
