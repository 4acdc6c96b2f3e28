import type { Steps } from '#primitives';
import { parseJson } from '#primitives';
import { CLOSING_BRACE, CLOSING_BRACKET, COLON, OPENING_BRACE, OPENING_BRACKET, QUOTE } from './bytes.js';
import { endOfSpace, endOfText, SCANNED_LENGTH } from './scan-text.js';

/** The place of the top-level `model` in a JSON text, quotes included, and its value. */
export interface ModelField {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * Finds the model in a request body without parsing it, so that only its name is replaced in a body of megabytes. The
 * last one counts, as for every JSON parser. Undefined if there is none, or if it is not a text.
 * @param onKey gets each key at the top level, as often as it occurs
 */
export function* findModelField(text: string, onKey?: (key: string) => void): Steps<ModelField | undefined> {
  let found: ModelField | undefined;
  let depth = 0;
  let pause = SCANNED_LENGTH;
  for (let at = 0; at < text.length; at += 1) {
    if (at > pause) {
      yield;
      pause = at + SCANNED_LENGTH;
    }
    const character = text.charCodeAt(at);
    if (character === OPENING_BRACE || character === OPENING_BRACKET) depth += 1;
    else if (character === CLOSING_BRACE || character === CLOSING_BRACKET) depth -= 1;
    else if (character === QUOTE) {
      const end = endOfText(text, at);
      if (end < 0) return undefined;
      if (depth === 1 && text.charCodeAt(endOfSpace(text, end)) === COLON) {
        onKey?.(parseText(text, at, end) ?? '');
        if (text.startsWith('"model"', at)) found = readField(text, end) ?? found;
      }
      at = end - 1;
    }
  }
  return found;
}

/** The text with another model. */
export function withModel(text: string, { start, end }: ModelField, name: string): string {
  return text.slice(0, start) + JSON.stringify(name) + text.slice(end);
}

function readField(text: string, keyEnd: number): ModelField | undefined {
  const start = endOfSpace(text, endOfSpace(text, keyEnd) + 1);
  if (text.charCodeAt(start) !== QUOTE) return undefined;
  const end = endOfText(text, start);
  if (end < 0) return undefined;
  const name = parseText(text, start, end);
  return name === undefined ? undefined : { start, end, name };
}

/** Texts of JSON that are their own value: ASCII without escapes and control characters. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

/** The value of the JSON text from `start` to `end`, its quotes; undefined if it is invalid. */
function parseText(text: string, start: number, end: number): string | undefined {
  const inside = text.slice(start + 1, end - 1);
  return PLAIN_TEXT.test(inside) ? inside : (parseJson(text.slice(start, end)) as string | undefined);
}
