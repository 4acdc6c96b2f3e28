/** Bytes of JSON that is looked through before, or instead of, being parsed. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
const COLON = 0x3a;
export const OPENING_BRACKET = 0x5b;
export const CLOSING_BRACKET = 0x5d;

export function isSpace(byte: number): boolean {
  return byte <= 0x20 && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** The first place from here on that is no space. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at] ?? 0)) at += 1;
  return at;
}

/** Where the value of a key begins, if that key stands here, quotes included, and something of its value has come. */
export function startOfValue(bytes: Uint8Array, at: number, key: Uint8Array): number | undefined {
  if (!key.every((letter, index) => bytes[at + index] === letter)) return undefined;
  const colon = skipSpace(bytes, at + key.length);
  // As in {"object": "embedding"}
  if (bytes[colon] !== COLON) return undefined;
  const start = skipSpace(bytes, colon + 1);
  return start < bytes.length ? start : undefined;
}
