import { BACKSLASH, isSpace, QUOTE } from './bytes.js';

/** Characters that a scan goes over between two interruptions: less than a millisecond. */
export const SCANNED_LENGTH = 64 * 1024;

/** The index behind the closing quote of a JSON text; -1 if it is not closed. @param start the index of the opening quote */
export function endOfText(text: string, start: number): number {
  const quote = text.indexOf('"', start + 1);
  if (quote < 0 || text.charCodeAt(quote - 1) !== BACKSLASH) return quote < 0 ? -1 : quote + 1;
  // Searching on for quotes would be slower where most of them are escaped.
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at += 1;
    else if (unit === QUOTE) return at + 1;
  }
  return -1;
}

/** The first index from `from` on that holds no white space. */
export function endOfSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}
