/** Where the value of the top-level `model` stands in a JSON text, quotes included. */
export interface ModelField {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * Finds the model in a request body without parsing it: a body of megabytes is passed on as it is, but for this name.
 * The last one counts, as for every JSON parser. Undefined when there is none, or it is no text.
 */
export function findModelField(text: string): ModelField | undefined {
  let found: ModelField | undefined;
  const isWhole = eachOuterText(text, (at, end) => {
    if (text.startsWith('"model"', at)) found = valueAfter(text, end) ?? found;
  });
  return isWhole ? found : undefined;
}

/** The keys of the object that a JSON text is, each as often as it stands there. */
export function outerKeys(text: string): string[] {
  const keys: string[] = [];
  eachOuterText(text, (at, end) => {
    if (/^\s*:/.test(text.slice(end, end + LONGEST_GAP))) keys.push(unquote(text.slice(at, end)) ?? '');
  });
  return keys;
}

/** Tells of each text, key or value, that stands in no inner list or object. False where one has no end. */
function eachOuterText(text: string, tell: (start: number, end: number) => void): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === OPEN_BRACE || character === OPEN_BRACKET) depth += 1;
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) depth -= 1;
    else if (character === QUOTE) {
      const end = endOfString(text, at);
      if (end < 0) return false;
      if (depth === 1) tell(at, end);
      at = end - 1;
    }
  }
  return true;
}

/** The text with another model. */
export function withModel(text: string, { start, end }: ModelField, name: string): string {
  return text.slice(0, start) + JSON.stringify(name) + text.slice(end);
}

/** Nobody writes more space than this around a colon. */
const LONGEST_GAP = 200;

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** The position after the closing quote; -1 when there is none. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
  }
  return -1;
}

function valueAfter(text: string, keyEnd: number): ModelField | undefined {
  const gap = /^\s*:\s*/.exec(text.slice(keyEnd, keyEnd + LONGEST_GAP))?.[0];
  if (gap === undefined) return undefined;
  const start = keyEnd + gap.length;
  if (text.charCodeAt(start) !== QUOTE) return undefined;
  const end = endOfString(text, start);
  if (end < 0) return undefined;
  const name = unquote(text.slice(start, end));
  return name === undefined ? undefined : { start, end, name };
}

/** Undefined for what is no text of JSON. */
function unquote(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
