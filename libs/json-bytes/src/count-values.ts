import type { Steps } from '#primitives';
import { CLOSING_BRACE, CLOSING_BRACKET, COMMA, OPENING_BRACE, OPENING_BRACKET, QUOTE } from './bytes.js';
import { endOfText, SCANNED_LENGTH } from './scan-text.js';

/** What the structure of a JSON text would cost to parse. */
export interface ValueCounts {
  /** Objects, lists and texts, keys included. */
  readonly values: number;
  /** Numbers and literals. */
  readonly scalars: number;
  readonly depth: number;
}

/**
 * Counts what a JSON text holds before it is parsed, in one pass that skips the inside of texts. It stops as soon as one of
 * the limits is exceeded, and does not check the syntax.
 */
export function* countValues(text: string, max: ValueCounts): Steps<ValueCounts> {
  let values = 0;
  let commas = 0;
  let depth = 0;
  let deepest = 0;
  let pause = SCANNED_LENGTH;
  for (let at = 0; at < text.length; at += 1) {
    if (at > pause) {
      yield;
      pause = at + SCANNED_LENGTH;
    }
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      values += 1;
      const end = endOfText(text, at);
      at = end < 0 ? text.length : end - 1;
    } else if (unit === COMMA) {
      commas += 1;
    } else if (unit === OPENING_BRACE || unit === OPENING_BRACKET) {
      values += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (unit === CLOSING_BRACE || unit === CLOSING_BRACKET) {
      depth -= 1;
    }
    if (values > max.values || commas - values > max.scalars || deepest > max.depth) break;
  }
  // Every item but the first of its list follows a comma, so commas beyond the values separate numbers and literals.
  return { values, scalars: Math.max(0, commas - values), depth: deepest };
}
