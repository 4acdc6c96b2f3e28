import { CLOSING_BRACKET, COMMA, isSpace } from '../json-bytes.js';

/** A list of numbers as it stands in JSON, and what one pass over its bytes tells. */
export interface PlainList {
  /** With its brackets. */
  readonly json: Uint8Array;
  readonly length: number;
  /** The sum of the squares, exact to seven digits. */
  readonly squares: number;
}

/** The list, and the index behind its closing bracket. */
interface ScannedList {
  readonly list: PlainList;
  readonly end: number;
}

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const LETTER_E = 0x65;
/** What makes a letter of ASCII small. */
const SMALL = 0x20;

/** Nine digits fit into a small integer, and those behind change no sum of squares that matters. */
const ENOUGH = 100_000_000;

/** Components have exponents of some -50 to 20, their decimals counted in; whatever is beyond takes the slow way. */
const FURTHEST = 80;
const POWERS = Float64Array.from({ length: 2 * FURTHEST + 1 }, (_, index) => Number(`1e${index - FURTHEST}`));

/**
 * Reads a list of numbers without making them: one that is flat, not empty, strict JSON, and of numbers that are neither
 * astronomic nor microscopic; undefined for every other. One loop on small integers, since nearly all of the time that an
 * answer with vectors takes is spent here.
 * @param start the index of the opening bracket
 */
export function scanList(bytes: Uint8Array, start: number): ScannedList | undefined {
  let at = start;
  let length = 0;
  let squares = 0;
  let spaces = 0;
  let byte: number;
  do {
    byte = bytes[++at] ?? 0;
    while (isSpace(byte)) {
      spaces += 1;
      byte = bytes[++at] ?? 0;
    }
    if (byte === MINUS) byte = bytes[++at] ?? 0;
    let mantissa = 0;
    let exponent = 0;
    const first = at;
    while (isDigit(byte)) {
      if (mantissa < ENOUGH) mantissa = (Math.imul(mantissa, 10) + byte - ZERO) | 0;
      else exponent += 1;
      byte = bytes[++at] ?? 0;
    }
    if (at === first || (at > first + 1 && bytes[first] === ZERO)) return undefined;
    if (byte === DOT) {
      byte = bytes[++at] ?? 0;
      if (!isDigit(byte)) return undefined;
      const decimals = at;
      while (isDigit(byte) && mantissa < ENOUGH) {
        mantissa = (Math.imul(mantissa, 10) + byte - ZERO) | 0;
        byte = bytes[++at] ?? 0;
      }
      exponent += decimals - at;
      while (isDigit(byte)) byte = bytes[++at] ?? 0;
    }
    if ((byte | SMALL) === LETTER_E) {
      byte = bytes[++at] ?? 0;
      const sign = byte === MINUS ? -1 : 1;
      if (byte === MINUS || byte === PLUS) byte = bytes[++at] ?? 0;
      if (!isDigit(byte)) return undefined;
      let power = 0;
      while (isDigit(byte)) {
        power = power * 10 + byte - ZERO;
        byte = bytes[++at] ?? 0;
      }
      exponent += sign * power;
    }
    const value = mantissa * (POWERS[exponent + FURTHEST] ?? Number.NaN);
    squares += value * value;
    length += 1;
    while (isSpace(byte)) {
      spaces += 1;
      byte = bytes[++at] ?? 0;
    }
  } while (byte === COMMA);
  // An exponent that is not in the table shows here, too.
  if (byte !== CLOSING_BRACKET || !Number.isFinite(squares)) return undefined;
  const end = at + 1;
  const json = spaces === 0 ? bytes.subarray(start, end) : withoutSpaces(bytes, start, end, spaces);
  return { list: { json, length, squares }, end };
}

/** A list that is spread over lines is twice as long as it need be. */
function withoutSpaces(bytes: Uint8Array, start: number, end: number, spaces: number): Uint8Array {
  const dense = new Uint8Array(end - start - spaces);
  let to = 0;
  for (let from = start; from < end; from += 1) {
    const byte = bytes[from] ?? 0;
    if (isSpace(byte)) continue;
    dense[to] = byte;
    to += 1;
  }
  return dense;
}

function isDigit(byte: number): boolean {
  return (byte - ZERO) >>> 0 < 10;
}
