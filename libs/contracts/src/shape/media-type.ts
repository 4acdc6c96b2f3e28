/** Base64 characters that suffice to recognize the type of a file. */
export const MEDIA_HEAD_LENGTH = 48;

const DATA_URL = /^data:([^;,]*)[^,]*;base64,/;

/**
 * An image as a data URL whose type is that of its bytes: clients declare wrong ones, which upstreams reject (protocol W32).
 * @param data base64, or a data URL; one without base64 stays as it is
 * @param declared the type for bytes that are not recognized
 */
export function toImageUrl(data: string, declared?: unknown): string {
  const [prefix = '', named] = DATA_URL.exec(data.slice(0, MAX_PREFIX)) ?? [];
  if (prefix === '' && data.startsWith('data:')) return data;
  const base64 = data.slice(prefix.length);
  const found = mediaTypeOf(base64);
  const type = [found, named, declared].find(isImageType) ?? 'image/jpeg';
  return `data:${type};base64,${base64}`;
}

function isImageType(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('image/');
}

/** A media type with its parameters is shorter. */
const MAX_PREFIX = 200;

/** The media type from the first bytes; undefined for unknown ones. */
export function mediaTypeOf(base64: string): string | undefined {
  const head = decodeHead(base64);
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF8')) return 'image/gif';
  if (head.startsWith('BM')) return 'image/bmp';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'image/webp';
  if (head.startsWith('RIFF') && head.startsWith('WAVE', 8)) return 'audio/wav';
  if (head.startsWith('ID3') || isMpegFrame(head)) return 'audio/mpeg';
  if (head.startsWith('ftyp', 4)) return mediaTypeOfBrand(head.slice(8));
  return undefined;
}

function mediaTypeOfBrand(brands: string): string | undefined {
  if (/^(avif|avis)/.test(brands)) return 'image/avif';
  if (/^(heic|heix|hevc|heim|heis)/.test(brands)) return 'image/heic';
  if (/^(mif1|msf1)/.test(brands)) return brands.includes('avif') ? 'image/avif' : 'image/heic';
  return undefined;
}

/** An MPEG audio frame starts with eleven set bits, then a version and a layer that are not reserved. */
function isMpegFrame(head: string): boolean {
  const second = head.charCodeAt(1);
  return head.startsWith('\xff') && (second & 0xe0) === 0xe0 && (second & 0x18) !== 0x08 && (second & 0x06) !== 0;
}

/** The first bytes as Latin-1; empty where that is not base64. */
function decodeHead(base64: string): string {
  const head = base64.slice(0, MEDIA_HEAD_LENGTH);
  try {
    return atob(head.length % 4 === 0 ? head : head.slice(0, head.length - (head.length % 4)));
  } catch {
    return '';
  }
}
