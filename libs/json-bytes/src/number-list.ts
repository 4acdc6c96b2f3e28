import { CLOSING_BRACKET, COMMA, isSpace } from './bytes.js';

/** A JSON list of numbers that is kept as its bytes. */
export interface NumberList {
  /** With its brackets. */
  readonly json: Uint8Array;
  readonly length: number;
  /** The sum of the squares, exact to seven digits. */
  readonly squares: number;
}

/** The list, and the index behind its closing bracket. */
interface ScannedList {
  readonly list: NumberList;
  readonly end: number;
}

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const LETTER_E = 0x65;
/** The bit that distinguishes a lowercase ASCII letter from its capital. */
const LOWERCASE_BIT = 0x20;

/** Nine digits fit into a small integer; further ones change the sum of squares by less than its stated accuracy. */
const MAX_MANTISSA = 100_000_000;

/** Vector components have exponents of about -50 to 20 with their decimals; lists with others are parsed instead. */
const MAX_EXPONENT = 80;
const POWERS = Float64Array.from({ length: 2 * MAX_EXPONENT + 1 }, (_, index) => Number(`1e${index - MAX_EXPONENT}`));

/**
 * Scans a list of numbers without creating them. Undefined for a list that is empty, nested or not strict JSON, or that
 * has numbers beyond MAX_EXPONENT. It is one loop on small integers, since nearly all of the time for a response with
 * vectors is spent here.
 * @param start the index of the opening bracket
 */
export function scanNumberList(bytes: Uint8Array, start: number): ScannedList | undefined {
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
      if (mantissa < MAX_MANTISSA) mantissa = (Math.imul(mantissa, 10) + byte - ZERO) | 0;
      else exponent += 1;
      byte = bytes[++at] ?? 0;
    }
    if (at === first || (at > first + 1 && bytes[first] === ZERO)) return undefined;
    if (byte === DOT) {
      byte = bytes[++at] ?? 0;
      if (!isDigit(byte)) return undefined;
      const decimals = at;
      while (isDigit(byte) && mantissa < MAX_MANTISSA) {
        mantissa = (Math.imul(mantissa, 10) + byte - ZERO) | 0;
        byte = bytes[++at] ?? 0;
      }
      exponent += decimals - at;
      while (isDigit(byte)) byte = bytes[++at] ?? 0;
    }
    if ((byte | LOWERCASE_BIT) === LETTER_E) {
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
    const value = mantissa * (POWERS[exponent + MAX_EXPONENT] ?? Number.NaN);
    squares += value * value;
    length += 1;
    while (isSpace(byte)) {
      spaces += 1;
      byte = bytes[++at] ?? 0;
    }
  } while (byte === COMMA);
  // An exponent beyond the table has made the sum NaN.
  if (byte !== CLOSING_BRACKET || !Number.isFinite(squares)) return undefined;
  const end = at + 1;
  const json = spaces === 0 ? bytes.subarray(start, end) : withoutSpaces(bytes, start, end, spaces);
  return { list: { json, length, squares }, end };
}

/** A copy without white space: a list that is spread over lines would be twice as long. */
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
