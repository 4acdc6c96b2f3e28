import { describe, expect, it } from 'vitest';
import { mediaTypeOf, toImageUrl } from './media-type.js';

/** The first bytes of real files, in hexadecimal. */
const FILES: [string, string][] = [
  ['image/png', base64('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489')],
  ['image/jpeg', base64('ffd8ffe000104a46494600010100000100010000ffdb004300')],
  ['image/jpeg', base64('ffd8ffdb00430008060607060508070707090908')],
  ['image/jpeg', base64('ffd8ffe1abcd457869660000')],
  ['image/gif', base64('47494638396101000100800000000000ffffff')],
  ['image/gif', base64('474946383761')],
  ['image/bmp', base64('424d460000000000000036000000280000000200')],
  ['image/webp', base64('524946462400000057454250565038200000')],
  ['image/avif', base64('0000001c66747970617669660000000061766966')],
  ['image/avif', base64('0000002066747970617669730000000061766973')],
  ['image/avif', base64('00000020667479706d696631000000006d69663161766966')],
  ['image/heic', base64('0000001866747970686569630000000068656963')],
  ['image/heic', base64('00000018667479706865697800000000')],
  ['image/heic', base64('00000018667479706d696631000000006d69663168656963')],
  ['audio/wav', base64('524946462408000057415645666d742010000000')],
  ['audio/mpeg', base64('49443304000000000023545353450000')],
  ['audio/mpeg', base64('fffb9064000000000000000000000000')],
  ['audio/mpeg', base64('fff328c4000000000000000000000000')],
];

describe('media type', () => {
  it.each(FILES)('is %s for %s', (type, file) => {
    expect(mediaTypeOf(file)).toBe(type);
  });

  it.each([
    ['nothing', ''],
    ['a byte', base64('89')],
    ['what is not base64', '!!!!'],
    ['text', Buffer.from('hello world').toString('base64')],
    ['a RIFF file of another kind', base64('524946462408000041564920')],
    ['a film', base64('000000186674797069736f6d')],
    ['AAC, which begins like MP3', base64('fff15080021ffc')],
  ])('is unknown for %s', (_name, file) => {
    expect(mediaTypeOf(file)).toBeUndefined();
  });

  it('is known from the beginning of a large file', () => {
    const file = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100_000)]).toString('base64');

    expect(mediaTypeOf(file)).toBe('image/png');
  });
});

describe('the URL of an image', () => {
  const png = base64('89504e470d0a1a0a0000000d49484452');
  it.each([
    ['the type of its bytes', png, 'image/jpeg', 'image/png'],
    ['that of its bytes in place of one in a data URL', `data:image/gif;base64,${png}`, undefined, 'image/png'],
    ['the declared type for unknown bytes', 'AAAA', 'image/tiff', 'image/tiff'],
    ['the type of a data URL', 'data:image/tiff;charset=x;base64,AAAA', 'image/gif', 'image/tiff'],
    ['no type of a sound', base64('49443304000000000023545353450000'), 'image/png', 'image/png'],
    ['JPEG without any', 'AAAA', 7, 'image/jpeg'],
  ])('has %s', (_what, data, declared, type) => {
    expect(toImageUrl(data, declared)).toBe(`data:${type};base64,${data.replace(/^data:.*,/, '')}`);
  });

  it('without base64 stays as it is', () => {
    expect(toImageUrl('data:image/svg+xml,<svg/>')).toBe('data:image/svg+xml,<svg/>');
  });
});

function base64(hexadecimal: string): string {
  return Buffer.from(hexadecimal, 'hex').toString('base64');
}
