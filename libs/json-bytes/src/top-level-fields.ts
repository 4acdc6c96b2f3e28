import { parseJson } from '#primitives';
import { isSpace } from './bytes.js';

/** The place of the top-level `model` in a JSON text, quotes included, and its value. */
export interface ModelField {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * Finds the model in a request body without parsing it, so that only its name is replaced in a body of megabytes. The
 * last one counts, as for every JSON parser. Undefined if there is none, or if it is not a text.
 */
export function findModelField(text: string): ModelField | undefined {
  let found: ModelField | undefined;
  const isComplete = forEachTopLevelText(text, (start, end) => {
    if (text.startsWith('"model"', start)) found = readField(text, end) ?? found;
  });
  return isComplete ? found : undefined;
}

/** The keys of the object in a JSON text, each as often as it occurs. */
export function topLevelKeys(text: string): string[] {
  const keys: string[] = [];
  forEachTopLevelText(text, (start, end) => {
    if (text.charCodeAt(skipSpace(text, end)) === COLON) keys.push(parseText(text.slice(start, end)) ?? '');
  });
  return keys;
}

/** The text with another model. */
export function withModel(text: string, { start, end }: ModelField, name: string): string {
  return text.slice(0, start) + JSON.stringify(name) + text.slice(end);
}

const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;
const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;
const OPENING_BRACKET = 91;
const CLOSING_BRACKET = 93;

/** Visits each text, key or value, that is in no inner list or object. False if one is not terminated. */
function forEachTopLevelText(text: string, visit: (start: number, end: number) => void): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === OPENING_BRACE || character === OPENING_BRACKET) depth += 1;
    else if (character === CLOSING_BRACE || character === CLOSING_BRACKET) depth -= 1;
    else if (character === QUOTE) {
      const end = endOfText(text, at);
      if (end < 0) return false;
      if (depth === 1) visit(at, end);
      at = end - 1;
    }
  }
  return true;
}

/** The position after the closing quote; -1 if there is none. */
function endOfText(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return -1;
}

function readField(text: string, keyEnd: number): ModelField | undefined {
  const colon = skipSpace(text, keyEnd);
  if (text.charCodeAt(colon) !== COLON) return undefined;
  const start = skipSpace(text, colon + 1);
  if (text.charCodeAt(start) !== QUOTE) return undefined;
  const end = endOfText(text, start);
  if (end < 0) return undefined;
  const name = parseText(text.slice(start, end));
  return name === undefined ? undefined : { start, end, name };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** Undefined for an invalid JSON text. */
function parseText(text: string): string | undefined {
  return parseJson(text) as string | undefined;
}
