import type { OpenAiContentPart } from '#contracts';

/** Base64 characters that suffice to recognize the type of a file. */
export const MEDIA_HEAD_LENGTH = 48;

/** Converts an entry of `images`, which may be sound, into a part of a message (protocol W32). */
export function toMediaPart(base64: string): OpenAiContentPart {
  const type = sniffMediaType(base64);
  if (type === 'audio/wav') return { type: 'input_audio', input_audio: { data: base64, format: 'wav' } };
  if (type === 'audio/mpeg') return { type: 'input_audio', input_audio: { data: base64, format: 'mp3' } };
  return { type: 'image_url', image_url: { url: `data:${type};base64,${base64}` } };
}

/** The media type from the first bytes; JPEG if unknown, as in Ollama. */
export function sniffMediaType(base64: string): string {
  const head = decodeHead(base64);
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF8')) return 'image/gif';
  if (head.startsWith('BM')) return 'image/bmp';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'image/webp';
  if (head.startsWith('RIFF') && head.startsWith('WAVE', 8)) return 'audio/wav';
  if (head.startsWith('ID3') || isMpegFrame(head)) return 'audio/mpeg';
  if (head.startsWith('ftyp', 4)) return sniffIsoBrand(head.slice(8));
  return 'image/jpeg';
}

function sniffIsoBrand(brands: string): string {
  if (/^(avif|avis)/.test(brands)) return 'image/avif';
  if (/^(heic|heix|hevc|heim|heis)/.test(brands)) return 'image/heic';
  if (/^(mif1|msf1)/.test(brands)) return brands.includes('avif') ? 'image/avif' : 'image/heic';
  return 'image/jpeg';
}

/** An MPEG audio frame starts with eleven set bits, then a version and a layer that are not reserved. */
function isMpegFrame(head: string): boolean {
  const second = head.charCodeAt(1);
  return head.startsWith('\xff') && (second & 0xe0) === 0xe0 && (second & 0x18) !== 0x08 && (second & 0x06) !== 0;
}

function decodeHead(base64: string): string {
  const head = base64.slice(0, MEDIA_HEAD_LENGTH);
  return atob(head.length % 4 === 0 ? head : head.slice(0, head.length - (head.length % 4)));
}
