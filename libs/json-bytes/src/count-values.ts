/** What the structure of a JSON text would cost to parse. */
export interface ValueCounts {
  /** Objects, lists and texts, keys included. */
  readonly values: number;
  /** Numbers and literals. */
  readonly scalars: number;
  readonly depth: number;
}

const QUOTE = 34;
const COMMA = 44;
const OPENING_BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;
const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;

/**
 * Counts what a JSON text holds before it is parsed, in one pass that skips the inside of texts. It stops as soon as one of
 * the limits is exceeded, and does not check the syntax.
 */
export function countValues(text: string, max: ValueCounts): ValueCounts {
  let values = 0;
  let commas = 0;
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      values += 1;
      at = endOfText(text, at);
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

/** The index of the closing quote, or of the end of the text. */
function endOfText(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return text.length;
}
