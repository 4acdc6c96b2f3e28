import { BadRequestError } from '#errors';
import type { ValueCounts } from '#json-bytes';
import { countValues, endOfSpace, QUOTE, SCANNED_LENGTH } from '#json-bytes';
import type { Steps } from '#primitives';
import { runAtOnce } from '#primitives';

/**
 * Parses a request body as Go's decoder does (protocol W2): only the first JSON value counts, a byte order mark is an
 * error, an escaped lone surrogate is read as U+FFFD, and errors come in Go's words.
 */
export function parseGoJson(body: string): unknown {
  return runAtOnce(readGoJson(body));
}

/** `parseGoJson` in steps; the longest of them is JSON.parse. */
export function* readGoJson(body: string): Steps<unknown> {
  checkCounts(yield* countValues(body, MAX_COUNTS));
  yield;
  const text = yield* withoutLoneSurrogates(body);
  yield;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // What is wrong with it is found the slow way.
  }
  yield;
  return yield* parseFirstValue(text);
}

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
/** Of an escape such as `\ud83d`. */
const ESCAPE_LENGTH = 6;
const REPLACEMENT = String.raw`\ufffd`;

/** Half of a surrogate pair, which programs write that cut a text inside an emoji, becomes U+FFFD. The length does not change. */
export function replaceLoneSurrogates(text: string): string {
  return runAtOnce(withoutLoneSurrogates(text));
}

function* withoutLoneSurrogates(text: string): Steps<string> {
  if (!(yield* hasUnicodeEscapes(text))) return text;
  const pieces: string[] = [];
  /** The pieces since the last pause, short ones among them: joined at once, they cost no object each. */
  let recent: string[] = [];
  let kept = 0;
  let pause = SCANNED_LENGTH;
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at)) {
    if (at > pause) {
      if (recent.length > 0) pieces.push(recent.join(''));
      recent = [];
      yield;
      pause = at + SCANNED_LENGTH;
    }
    const kind = surrogateAt(text, at);
    if (kind === undefined) {
      at += 2;
      continue;
    }
    if (kind === 'high' && surrogateAt(text, at + ESCAPE_LENGTH) === 'low') {
      at += 2 * ESCAPE_LENGTH;
      continue;
    }
    recent.push(text.slice(kept, at), REPLACEMENT);
    at += ESCAPE_LENGTH;
    kept = at;
  }
  return kept === 0 ? text : pieces.join('') + recent.join('') + text.slice(kept);
}

/** Whether a text may have escapes such as `\u00e9`: a fast search, after which most texts need no other. */
function* hasUnicodeEscapes(text: string): Steps<boolean> {
  for (let from = 0; from < text.length; from += SCANNED_LENGTH) {
    if (from > 0) yield;
    // One character more, since an escape may begin at the end of the slice.
    if (text.slice(from, from + SCANNED_LENGTH + 1).includes(String.raw`\u`)) return true;
  }
  return false;
}

/** Which half of a pair the escape at `at` is, if it is one. */
function surrogateAt(text: string, at: number): 'high' | 'low' | undefined {
  if (text.charCodeAt(at) !== BACKSLASH || text.charCodeAt(at + 1) !== LETTER_U) return undefined;
  let unit = 0;
  for (let digit = at + 2; digit < at + ESCAPE_LENGTH; digit += 1) {
    const value = hexValue(text.charCodeAt(digit));
    if (value < 0) return undefined;
    unit = unit * 16 + value;
  }
  if (unit < 0xd800 || unit > 0xdfff) return undefined;
  return unit < 0xdc00 ? 'high' : 'low';
}

/** -1 for anything but a hexadecimal digit. */
function hexValue(unit: number): number {
  if (isDigit(unit)) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** The slow way, taken only when the body as a whole is not JSON. */
function* parseFirstValue(text: string): Steps<unknown> {
  if (text.trim() === '') throw new BadRequestError('missing request body');
  const scanner = new Scanner(text);
  scanner.value();
  yield;
  try {
    return JSON.parse(text.slice(0, scanner.position)) as unknown;
  } catch {
    throw new BadRequestError('invalid JSON');
  }
}

/**
 * Levels of objects and lists. Schemas that people write have some twenty, and upstreams accept ten or a hundred. The
 * recursive functions of this code have stack for thousands. Go's own limit is 10,000.
 */
const MAX_DEPTH = 512;

/**
 * Objects, lists and texts of one body, keys included. Each costs some hundred bytes and a microsecond or more until it is
 * sent on, so this many keep the event loop for about 100 ms. A conversation of 10,000 messages has 50,000.
 */
const MAX_VALUES = 60_000;

/** Numbers and literals of one body. They cost 8 bytes; a `context` has 16,384, and token ids may be many more. */
const MAX_SCALARS = 1_000_000;

const MAX_COUNTS = { values: MAX_VALUES, scalars: MAX_SCALARS, depth: MAX_DEPTH };

/** @throws BadRequestError for a body that would take too much time and memory to parse */
function checkCounts({ values, scalars, depth }: ValueCounts): void {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (values > MAX_VALUES || scalars > MAX_SCALARS) {
    throw new BadRequestError(
      `the JSON has too many values: the limit is ${String(MAX_VALUES)} objects, lists and texts and ${String(MAX_SCALARS)} numbers`,
    );
  }
}

function tooDeep(): BadRequestError {
  return new BadRequestError(`the JSON is nested too deeply: the limit is ${String(MAX_DEPTH)} levels`);
}

/** 1 for each UTF-16 unit that may follow a backslash (RFC 8259 §7). */
const ESCAPES = new Uint8Array(128);
for (const letter of '"\\/bfnrtu') ESCAPES[letter.charCodeAt(0)] = 1;

/** Walks over one JSON value and stops where Go would stop, with Go's complaint. */
class Scanner {
  position = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  value(context = 'looking for beginning of value'): void {
    this.space();
    const start = this.text[this.position];
    if (start === '{') this.object();
    else if (start === '[') this.array();
    else if (start === '"') this.string();
    else if (start === '-' || isDigit(this.text.charCodeAt(this.position))) this.number();
    else if (start === 't' || start === 'f' || start === 'n') this.literal();
    else this.fail(context);
  }

  private object(): void {
    this.enter();
    if (this.next() === '}') {
      this.leave();
      return;
    }
    for (;;) {
      if (this.next() !== '"') this.fail('looking for beginning of object key string');
      this.string();
      if (this.next() !== ':') this.fail('after object key');
      this.position += 1;
      this.value();
      const after = this.next();
      if (after === '}') break;
      if (after !== ',') this.fail('after object key:value pair');
      this.position += 1;
    }
    this.leave();
  }

  private array(): void {
    this.enter();
    if (this.next() === ']') {
      this.leave();
      return;
    }
    for (;;) {
      this.value();
      const after = this.next();
      if (after === ']') break;
      if (after !== ',') this.fail('after array element');
      this.position += 1;
    }
    this.leave();
  }

  private string(): void {
    this.position += 1;
    for (;;) {
      this.plainText();
      const unit = this.text.charCodeAt(this.position);
      if (unit === QUOTE) break;
      if (unit !== BACKSLASH) this.fail('in string literal');
      this.escape();
      this.position += 1;
    }
    this.position += 1;
  }

  private plainText(): void {
    const { text } = this;
    let at = this.position;
    for (; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE || unit === BACKSLASH || unit < 0x20) break;
    }
    this.position = at;
  }

  private escape(): void {
    this.position += 1;
    const kind = this.text.charCodeAt(this.position);
    if (ESCAPES[kind] !== 1) this.fail('in string escape code');
    for (let digits = kind === LETTER_U ? 4 : 0; digits > 0; digits -= 1) {
      this.position += 1;
      if (hexValue(this.text.charCodeAt(this.position)) < 0) {
        this.fail(String.raw`in \u hexadecimal character escape`);
      }
    }
  }

  private number(): void {
    this.skip('-');
    if (!this.skip('0')) this.digits('in numeric literal');
    if (this.skip('.')) this.digits('after decimal point in numeric literal');
    if (!this.skip('e') && !this.skip('E')) return;
    if (!this.skip('-')) this.skip('+');
    this.digits('in exponent of numeric literal');
  }

  private digits(context: string): void {
    const { text } = this;
    if (!isDigit(text.charCodeAt(this.position))) this.fail(context);
    let at = this.position + 1;
    while (isDigit(text.charCodeAt(at))) at += 1;
    this.position = at;
  }

  private skip(character: string): boolean {
    const fits = this.text[this.position] === character;
    if (fits) this.position += 1;
    return fits;
  }

  private literal(): void {
    const word = { t: 'true', f: 'false', n: 'null' }[this.text[this.position] ?? ''] ?? '';
    for (const letter of word) {
      if (this.text[this.position] !== letter) this.fail(`in literal ${word} (expecting '${letter}')`);
      this.position += 1;
    }
  }

  private enter(): void {
    if (this.depth >= MAX_DEPTH) {
      throw tooDeep();
    }
    this.position += 1;
    this.depth += 1;
  }

  private leave(): void {
    this.position += 1;
    this.depth -= 1;
  }

  private next(): string | undefined {
    this.space();
    return this.text[this.position];
  }

  private space(): void {
    this.position = endOfSpace(this.text, this.position);
  }

  private fail(context: string): never {
    const character = this.text.codePointAt(this.position);
    if (character === undefined) throw new BadRequestError('unexpected EOF');
    throw new BadRequestError(`invalid character ${quoteCharacter(String.fromCodePoint(character))} ${context}`);
  }
}

/** Go looks at bytes: of a character beyond ASCII it names the first one. */
function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  const byte = String.fromCharCode(...new TextEncoder().encode(character).subarray(0, 1));
  const escaped = JSON.stringify(byte)
    .slice(1, -1)
    .replace(/^\\u00/, String.raw`\x`);
  return `'${escaped}'`;
}
