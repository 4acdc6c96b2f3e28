import type { ExtractedBase64 } from '#contracts';
import { joinBytes } from '#streaming';
import { COMMA, OPENING_BRACKET, QUOTE, skipSpace, startOfValue } from '../json-bytes.js';
import { MEDIA_HEAD_LENGTH } from '../request/media.js';

/** Shorter stretches of base64 are no burden as text. */
const SHORTEST = 16 * 1024;

/** Shorter pieces of a body are joined: those of a slow sender would not hold a stretch. */
const LONG_PIECE = 32 * 1024;

/** Digits of the place in the list: with it and the mark the whole is base64 of a length that base64 has. */
const INDEX_LENGTH = 8;

const EQUALS = 0x3d;
const KEY = new TextEncoder().encode('"images"');

/** 1 for each byte that is a letter of base64. */
const LETTERS = new Uint8Array(256);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
  LETTERS[letter.charCodeAt(0)] = 1;
}

/** 1 for each two of them as a number, in either order of bytes: megabytes are looked at two by two. */
const PAIRS = Uint8Array.from({ length: 65_536 }, (_, pair) => Number(LETTERS[pair & 255] && LETTERS[pair >> 8]));

/** What is left of a body, and what was taken out of it. */
interface Parted {
  readonly text: string;
  readonly attachments: ExtractedBase64;
}

/**
 * Takes the bulk of long images out of a JSON body before it is parsed, wherever it says `"images": ["…"]`: stretches of
 * base64 are taken out of each piece as it came, so that no byte of them is copied. Those that are no part of sound base64 in
 * such a list are put back, to be judged as text. What is left is JSON exactly if the body was. Undefined where nothing was
 * taken.
 * @param pieces of the body, in order
 * @param mark letters and digits that nobody can guess, a multiple of four of them
 */
export function extractBase64(pieces: readonly Uint8Array[], mark: string): Parted | undefined {
  const rest: Uint8Array[] = [];
  /** Where in the rest something stands for each stretch. */
  const places: number[] = [];
  const stretches: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let goesOn = false;
  for (const piece of gather(pieces)) {
    let kept = 0;
    let last = 0;
    for (const { from, to } of stretchesOf(piece)) {
      const start = goesOn && from === 0 ? 0 : from + MEDIA_HEAD_LENGTH;
      const end = to - ((to - start) % 4);
      places.push(rest.length + 1);
      rest.push(piece.subarray(kept, start), encoder.encode(mark + digitsOf(stretches.length)));
      stretches.push(piece.subarray(start, end));
      kept = end;
      last = to;
    }
    rest.push(piece.subarray(kept));
    goesOn = last === piece.length;
  }
  if (stretches.length === 0) return undefined;
  const pattern = new RegExp(`${mark}(\\d{${INDEX_LENGTH}})`, 'g');
  const placeLength = mark.length + INDEX_LENGTH;
  let bytes = joinBytes(rest);
  const sound = findInImages(bytes, pattern, placeLength);
  if (sound.size === 0) return undefined;
  if (sound.size < stretches.length) {
    for (const [index, place] of places.entries()) {
      const stretch = stretches[index];
      if (stretch && !sound.has(index)) rest[place] = stretch;
    }
    bytes = joinBytes(rest);
  }
  return { text: utf8.decode(bytes), attachments: { mark, pattern, placeLength, stretches } };
}

/** The stretches for which something stands in sound base64 in a list of images. */
function findInImages(body: Uint8Array, pattern: RegExp, shortest: number): Set<number> {
  const found = new Set<number>();
  for (let at = body.indexOf(QUOTE); at !== -1; at = body.indexOf(QUOTE, at + 1)) {
    let next = startOfValue(body, at, KEY);
    if (next === undefined || body[next] !== OPENING_BRACKET) continue;
    do {
      const start = skipSpace(body, next + 1) + 1;
      if (body[start - 1] !== QUOTE) break;
      const end = endOfBase64(body, start);
      if (body[end] !== QUOTE) break;
      if (end - start >= shortest && (end - start) % 4 === 0) {
        for (const [, index] of latin1.decode(body.subarray(start, end)).matchAll(pattern)) found.add(Number(index));
      }
      next = skipSpace(body, end + 1);
      at = end;
    } while (body[next] === COMMA);
  }
  return found;
}

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Stretches of base64 that are long enough; what is not is stepped over, since a long one reaches across each step. */
function stretchesOf(piece: Uint8Array): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let end = -1;
  while (end + SHORTEST < piece.length) {
    const before = end;
    const probe = end + SHORTEST;
    end = endOfLetters(piece, probe);
    if (end === probe) continue;
    let from = probe;
    while (from > before + 1 && LETTERS[piece[from - 1] ?? 0] === 1) from -= 1;
    if (end - from >= SHORTEST) found.push({ from, to: end });
  }
  return found;
}

function endOfLetters(piece: Uint8Array, from: number): number {
  let at = from;
  // Numbers of two bytes begin at even places.
  while ((piece.byteOffset + at) % 2 !== 0 && LETTERS[piece[at] ?? 0] === 1) at += 1;
  if (at < piece.length && (piece.byteOffset + at) % 2 === 0) {
    const pairs = new Uint16Array(piece.buffer, piece.byteOffset + at, (piece.length - at) >> 1);
    let pair = 0;
    while (pair < pairs.length && PAIRS[pairs[pair] ?? 0] === 1) pair += 1;
    at += 2 * pair;
  }
  while (LETTERS[piece[at] ?? 0] === 1) at += 1;
  return at;
}

/** The end of the data, its padding included. */
function endOfBase64(body: Uint8Array, from: number): number {
  let at = endOfLetters(body, from);
  for (let padding = 0; padding < 2 && body[at] === EQUALS; padding += 1) at += 1;
  return at;
}

function digitsOf(index: number): string {
  return String(index).padStart(INDEX_LENGTH, '0');
}

/** The same bytes in pieces that are long enough to hold a stretch; long ones stay as they are. */
function gather(pieces: readonly Uint8Array[]): Uint8Array[] {
  const gathered: Uint8Array[] = [];
  let short: Uint8Array[] = [];
  let size = 0;
  const flush = (): void => {
    if (size > 0) gathered.push(joinBytes(short));
    short = [];
    size = 0;
  };
  for (const piece of pieces) {
    short.push(piece);
    size += piece.length;
    if (size >= LONG_PIECE) flush();
  }
  flush();
  return gathered;
}
