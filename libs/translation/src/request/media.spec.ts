import { describe, expect, it } from 'vitest';
import { sniffMediaType, toMediaPart } from './media.js';

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
    expect(sniffMediaType(file)).toBe(type);
  });

  it.each([
    ['nothing', ''],
    ['a byte', base64('89')],
    ['text', Buffer.from('hello world').toString('base64')],
    ['a RIFF file of another kind', base64('524946462408000041564920')],
    ['a film', base64('000000186674797069736f6d')],
    ['AAC, which begins like MP3', base64('fff15080021ffc')],
  ])('is JPEG, as Ollama has it, for %s', (_name, file) => {
    expect(sniffMediaType(file)).toBe('image/jpeg');
  });

  it('is known from the beginning of a large file', () => {
    const file = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100_000)]).toString('base64');

    expect(sniffMediaType(file)).toBe('image/png');
  });
});

describe('media part', () => {
  it.each(FILES.filter(([type]) => type.startsWith('image/')))('is a data URL of %s for %s', (type, file) => {
    expect(toMediaPart(file)).toEqual({ type: 'image_url', image_url: { url: `data:${type};base64,${file}` } });
  });

  it.each(FILES.filter(([type]) => type.startsWith('audio/')))('is sound for %s', (type, file) => {
    const format = type === 'audio/wav' ? 'wav' : 'mp3';

    expect(toMediaPart(file)).toEqual({ type: 'input_audio', input_audio: { data: file, format } });
  });
});

function base64(hexadecimal: string): string {
  return Buffer.from(hexadecimal, 'hex').toString('base64');
}
