/** Bytes of JSON's punctuation, which are its UTF-16 units as well. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPENING_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSING_BRACKET = 0x5d;
export const OPENING_BRACE = 0x7b;
export const CLOSING_BRACE = 0x7d;

/** Whether a byte, or a UTF-16 unit, is white space in JSON (RFC 8259 §2). */
export function isSpace(byte: number): boolean {
  return byte <= 0x20 && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** The first index from `from` on that holds no white space. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at] ?? 0)) at += 1;
  return at;
}

/**
 * The index at which a key's value begins; undefined if the key is not at `at`, or if its value is beyond the end.
 * @param key with its quotes
 */
export function startOfValue(bytes: Uint8Array, at: number, key: Uint8Array): number | undefined {
  if (!key.every((letter, index) => bytes[at + index] === letter)) return undefined;
  const colon = skipSpace(bytes, at + key.length);
  // The same text may be a value, as in {"object": "embedding"}.
  if (bytes[colon] !== COLON) return undefined;
  const start = skipSpace(bytes, colon + 1);
  return start < bytes.length ? start : undefined;
}
