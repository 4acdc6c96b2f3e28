import type { Attachments } from '#contracts';
import { COMMA, OPENING_BRACKET, QUOTE, skipSpace, startOfValue } from '../json-bytes.js';

/** Shorter images are no burden as text. */
const SHORTEST = 32 * 1024;

/** Characters that an image and what stands for it have in common: by them its type is told. */
const HEAD_LENGTH = 48;

/** Digits of the place in the list: with it and the mark the whole is base64 of a length that base64 has. */
const INDEX_LENGTH = 8;

const EQUALS = 0x3d;
const KEY = new TextEncoder().encode('"images"');

/** 1 for each byte that stands in base64. */
const ALPHABET = new Uint8Array(256);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
  ALPHABET[letter.charCodeAt(0)] = 1;
}

/** What is left of a body, in pieces that follow one another, and what was taken out of it. */
interface Parted {
  readonly rest: Uint8Array[];
  readonly attachments: Attachments;
}

/**
 * Takes long images out of a JSON body before it is parsed, wherever it says `"images": ["…"]`. Only sound base64 is
 * taken; everything else stays and is judged as text. What is left is JSON exactly if the body was.
 * @param mark letters and digits that nobody can guess, a multiple of four of them
 */
export function takeAttachments(body: Uint8Array, mark: string): Parted {
  const rest: Uint8Array[] = [];
  const images: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let kept = 0;
  for (let at = body.indexOf(QUOTE); at !== -1; at = body.indexOf(QUOTE, at + 1)) {
    let next = startOfValue(body, at, KEY);
    if (next === undefined || body[next] !== OPENING_BRACKET) continue;
    do {
      const start = skipSpace(body, next + 1) + 1;
      if (body[start - 1] !== QUOTE) break;
      const end = endOfBase64(body, start);
      if (body[end] !== QUOTE) break;
      if (end - start >= SHORTEST && (end - start) % 4 === 0) {
        const index = String(images.length).padStart(INDEX_LENGTH, '0');
        rest.push(body.subarray(kept, start + HEAD_LENGTH), encoder.encode(mark + index));
        images.push(body.subarray(start, end));
        kept = end;
      }
      next = skipSpace(body, end + 1);
      at = end;
    } while (body[next] === COMMA);
  }
  rest.push(body.subarray(kept));
  const pattern = new RegExp(`[A-Za-z0-9+/]{${HEAD_LENGTH}}${mark}(\\d{${INDEX_LENGTH}})`, 'g');
  return { rest, attachments: { mark, pattern, images } };
}

/** The end of the data, its padding included. */
function endOfBase64(body: Uint8Array, from: number): number {
  let at = from;
  while (ALPHABET[body[at] ?? 0] === 1) at += 1;
  for (let padding = 0; padding < 2 && body[at] === EQUALS; padding += 1) at += 1;
  return at;
}
