import { COMMA, OPENING_BRACKET, QUOTE, skipSpace, startOfValue } from './bytes.js';
import type { ExtractedBase64 } from './extracted-base64.js';
import { joinBytes } from './join-bytes.js';

/** Shorter runs of base64 cost less as text than they would as chunks. */
const MIN_RUN_LENGTH = 16 * 1024;

/** Shorter pieces of a body are joined first, since those of a slow sender would be too short to hold a run. */
const MIN_PIECE_LENGTH = 32 * 1024;

/** Digits of the index in a placeholder. With a token of a multiple of four letters the placeholder is sound base64. */
const INDEX_DIGITS = 8;

const EQUALS = 0x3d;
const KEY = new TextEncoder().encode('"images"');

/** 1 for each byte of the base64 alphabet. */
const ALPHABET = new Uint8Array(256);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
  ALPHABET[letter.charCodeAt(0)] = 1;
}

/** 1 for each pair of such bytes, read as a 16-bit number of either byte order: one look-up checks two bytes. */
const PAIRS = Uint8Array.from({ length: 65_536 }, (_, pair) => Number(ALPHABET[pair & 255] && ALPHABET[pair >> 8]));

interface ExtractOptions {
  /** Makes random letters and digits, a multiple of four, so that a client cannot forge a placeholder. */
  readonly newToken: () => string;
  /** Characters at the beginning of each image that stay in the text, since its type is read from them. */
  readonly headLength: number;
}

/** A body without its long base64. */
interface ExtractResult {
  readonly text: string;
  readonly base64: ExtractedBase64;
}

/**
 * Cuts long base64 out of the `"images": ["…"]` lists of a JSON body before it is parsed. Runs of base64 are cut from
 * each piece as it arrived, so that none of their bytes is copied. Runs outside of a valid list of images are put back,
 * so that the remaining text is valid JSON if and only if the body was. Undefined if nothing was cut out.
 * @param pieces of the body, in order
 */
export function extractBase64(pieces: readonly Uint8Array[], options: ExtractOptions): ExtractResult | undefined {
  const { newToken, headLength } = options;
  const rest: Uint8Array[] = [];
  let token: string | undefined;
  /** The index in `rest` of each placeholder. */
  const placeholders: number[] = [];
  const chunks: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let continuesRun = false;
  for (const piece of joinShortPieces(pieces)) {
    let kept = 0;
    let last = 0;
    for (const { from, to } of findRuns(piece)) {
      const start = continuesRun && from === 0 ? 0 : from + headLength;
      const end = to - ((to - start) % 4);
      token ??= newToken();
      placeholders.push(rest.length + 1);
      rest.push(piece.subarray(kept, start), encoder.encode(token + toDigits(chunks.length)));
      chunks.push(piece.subarray(start, end));
      kept = end;
      last = to;
    }
    rest.push(piece.subarray(kept));
    continuesRun = last === piece.length;
  }
  if (token === undefined) return undefined;
  const pattern = new RegExp(`${token}(\\d{${INDEX_DIGITS}})`, 'g');
  const placeholderLength = token.length + INDEX_DIGITS;
  let bytes = joinBytes(rest);
  const valid = findInImages(bytes, pattern, placeholderLength);
  if (valid.size === 0) return undefined;
  if (valid.size < chunks.length) {
    for (const [index, place] of placeholders.entries()) {
      const chunk = chunks[index];
      if (chunk && !valid.has(index)) rest[place] = chunk;
    }
    bytes = joinBytes(rest);
  }
  return { text: utf8.decode(bytes), base64: { token, pattern, placeholderLength, chunks } };
}

/** The indexes of the chunks whose placeholders are in sound base64 in a list of images. */
function findInImages(body: Uint8Array, pattern: RegExp, minLength: number): Set<number> {
  const found = new Set<number>();
  for (let at = body.indexOf(QUOTE); at !== -1; at = body.indexOf(QUOTE, at + 1)) {
    let next = startOfValue(body, at, KEY);
    if (next === undefined || body[next] !== OPENING_BRACKET) continue;
    do {
      const start = skipSpace(body, next + 1) + 1;
      if (body[start - 1] !== QUOTE) break;
      const end = endOfBase64(body, start);
      if (body[end] !== QUOTE) break;
      if (end - start >= minLength && (end - start) % 4 === 0) {
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

/**
 * The runs of base64 of at least MIN_RUN_LENGTH: one at the beginning, since most pieces are the middle of a run, and others
 * by every MIN_RUN_LENGTH-th byte, of which such a run covers one.
 */
function findRuns(piece: Uint8Array): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let end = endOfRun(piece, 0);
  if (end >= MIN_RUN_LENGTH) found.push({ from: 0, to: end });
  while (end + MIN_RUN_LENGTH < piece.length) {
    const before = end;
    const probe = end + MIN_RUN_LENGTH;
    end = endOfRun(piece, probe);
    if (end === probe) continue;
    let from = probe;
    while (from > before + 1 && ALPHABET[piece[from - 1] ?? 0] === 1) from -= 1;
    if (end - from >= MIN_RUN_LENGTH) found.push({ from, to: end });
  }
  return found;
}

function endOfRun(piece: Uint8Array, from: number): number {
  let at = from;
  // An Int32Array begins at a multiple of four bytes of its buffer.
  while ((piece.byteOffset + at) % 4 !== 0 && ALPHABET[piece[at] ?? 0] === 1) at += 1;
  if (at < piece.length && (piece.byteOffset + at) % 4 === 0) {
    at += 4 * countBase64(new Int32Array(piece.buffer, piece.byteOffset + at, (piece.length - at) >> 2));
  }
  while (ALPHABET[piece[at] ?? 0] === 1) at += 1;
  return at;
}

/** How many words from the first on are base64, rounded down to a multiple of four: so many are checked in one step. */
function countBase64(words: Int32Array): number {
  let at = 0;
  while (
    at + 3 < words.length &&
    (isBase64(words[at]) & isBase64(words[at + 1]) & isBase64(words[at + 2]) & isBase64(words[at + 3])) === 1
  )
    at += 4;
  return at;
}

/** 1 for a word of four bytes of the alphabet. */
function isBase64(word = 0): number {
  return (PAIRS[word & 0xffff] ?? 0) & (PAIRS[word >>> 16] ?? 0);
}

/** The end of a run with its padding. */
function endOfBase64(body: Uint8Array, from: number): number {
  let at = endOfRun(body, from);
  for (let padding = 0; padding < 2 && body[at] === EQUALS; padding += 1) at += 1;
  return at;
}

function toDigits(index: number): string {
  return String(index).padStart(INDEX_DIGITS, '0');
}

/** The same bytes in pieces of at least MIN_PIECE_LENGTH, except for the last; longer ones are not copied. */
function joinShortPieces(pieces: readonly Uint8Array[]): Uint8Array[] {
  const joined: Uint8Array[] = [];
  let short: Uint8Array[] = [];
  let size = 0;
  const flush = (): void => {
    if (size > 0) joined.push(joinBytes(short));
    short = [];
    size = 0;
  };
  for (const piece of pieces) {
    short.push(piece);
    size += piece.length;
    if (size >= MIN_PIECE_LENGTH) flush();
  }
  flush();
  return joined;
}
