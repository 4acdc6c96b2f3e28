import type { Attachment } from '#contracts';

/** Shorter images are no burden as text. */
const SHORTEST = 32 * 1024;

/** Characters at the front of a placeholder that are the image's own: by them its type is told. */
const HEAD_LENGTH = 48;

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const OPENING_BRACKET = 0x5b;

const KEY = new TextEncoder().encode('images');

const PLACEHOLDER = /^[A-Za-z0-9+/]{48}<image \d+>$/;

/** 1 for each byte that stands in base64. */
const ALPHABET = new Uint8Array(256);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
  ALPHABET[letter.charCodeAt(0)] = 1;
}

/** What is left of a body, in pieces that follow one another, and what was taken out of it. */
interface Parted {
  readonly rest: Uint8Array[];
  readonly attachments: Attachment[];
}

/**
 * Takes long images out of a JSON body before it is parsed, wherever it says `"images": ["…"]`. Only sound base64 is
 * taken; everything else stays and is judged as text. What is left is JSON exactly if the body was.
 */
export function takeAttachments(body: Uint8Array): Parted {
  const rest: Uint8Array[] = [];
  const attachments: Attachment[] = [];
  const encoder = new TextEncoder();
  let kept = 0;
  for (let at = body.indexOf(QUOTE); at !== -1; at = body.indexOf(QUOTE, at + 1)) {
    if (!isKey(body, at)) continue;
    let next = skipSpace(body, at + KEY.length + 2);
    if (body[next] !== COLON) continue;
    next = skipSpace(body, next + 1);
    if (body[next] !== OPENING_BRACKET) continue;
    do {
      const start = skipSpace(body, next + 1) + 1;
      if (body[start - 1] !== QUOTE) break;
      const end = endOfBase64(body, start);
      if (body[end] !== QUOTE) break;
      if (end - start >= SHORTEST && (end - start) % 4 === 0) {
        const bytes = body.subarray(start, end);
        const head = String.fromCharCode(...bytes.subarray(0, HEAD_LENGTH));
        const placeholder = `${head}<image ${attachments.length}>`;
        attachments.push({ placeholder, bytes });
        rest.push(body.subarray(kept, start), encoder.encode(placeholder));
        kept = end;
      }
      next = skipSpace(body, end + 1);
      at = end;
    } while (body[next] === COMMA);
  }
  rest.push(body.subarray(kept));
  return { rest, attachments };
}

/** Whether a text stands for an image that was taken out, and is sound therefore. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

function isKey(body: Uint8Array, quote: number): boolean {
  return KEY.every((letter, index) => body[quote + 1 + index] === letter) && body[quote + 1 + KEY.length] === QUOTE;
}

function skipSpace(body: Uint8Array, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at += 1;
  return at;
}

/** The end of the data, its padding included. */
function endOfBase64(body: Uint8Array, from: number): number {
  let at = from;
  while (ALPHABET[body[at] ?? 0] === 1) at += 1;
  for (let padding = 0; padding < 2 && body[at] === EQUALS; padding += 1) at += 1;
  return at;
}
