import { BadRequestError } from '#errors';
import { countValues } from '#json-bytes';

/**
 * Parses a request body as Go's decoder does (protocol W2): only the first JSON value counts, a byte order mark is an
 * error, an escaped lone surrogate is read as U+FFFD, and errors come in Go's words.
 */
export function parseGoJson(body: string): unknown {
  checkCounts(body);
  const text = replaceLoneSurrogates(body);
  try {
    return JSON.parse(text);
  } catch {
    // What is wrong with it is found the slow way.
  }
  return parseFirstValue(text);
}

/** Whether a text may hold an escaped surrogate. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** Every escape of a JSON text, so that `\\ud83d` is not taken for one of a surrogate; a pair is one match. */
const ESCAPE = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(?<lone>u[dD][89a-fA-F][\da-fA-F]{2})|.)/gs;

/** Half of a surrogate pair, which programs write that cut a text inside an emoji, becomes U+FFFD. The length does not change. */
export function replaceLoneSurrogates(text: string): string {
  if (!SURROGATE_ESCAPE.test(text)) return text;
  return text.replace(ESCAPE, (escape: string, lone?: string) => (lone === undefined ? escape : String.raw`\ufffd`));
}

/** The slow way, taken only when the body as a whole is not JSON. */
function parseFirstValue(text: string): unknown {
  if (text.trim() === '') throw new BadRequestError('missing request body');
  const scanner = new Scanner(text);
  scanner.value();
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
function checkCounts(text: string): void {
  const counts = countValues(text, MAX_COUNTS);
  if (counts.depth > MAX_DEPTH) throw tooDeep();
  if (counts.values > MAX_VALUES || counts.scalars > MAX_SCALARS) {
    throw new BadRequestError(
      `the JSON has too many values: the limit is ${String(MAX_VALUES)} objects, lists and texts and ${String(MAX_SCALARS)} numbers`,
    );
  }
}

function tooDeep(): BadRequestError {
  return new BadRequestError(`the JSON is nested too deeply: the limit is ${String(MAX_DEPTH)} levels`);
}

/** Runs of characters that the scanner passes in one step. */
const PLAIN_TEXT = /[^"\\\u0000-\u001f]+/y;
const DIGITS = /\d+/y;
const SPACE = /[ \t\r\n]+/y;

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
    else if (start !== undefined && /[-\d]/.test(start)) this.number();
    else if (start !== undefined && /[tfn]/.test(start)) this.literal();
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
      this.run(PLAIN_TEXT);
      const character = this.text[this.position];
      if (character === '"') break;
      if (character !== '\\') this.fail('in string literal');
      this.escape();
      this.position += 1;
    }
    this.position += 1;
  }

  /** Moves behind what a sticky pattern matches here, in one step. */
  private run(pattern: RegExp): void {
    pattern.lastIndex = this.position;
    if (pattern.test(this.text)) this.position = pattern.lastIndex;
  }

  private escape(): void {
    this.position += 1;
    const kind = this.text[this.position] ?? '';
    if (!/["\\/bfnrtu]/.test(kind)) this.fail('in string escape code');
    for (let digits = kind === 'u' ? 4 : 0; digits > 0; digits -= 1) {
      this.position += 1;
      if (!/[\da-f]/i.test(this.text[this.position] ?? '')) this.fail(String.raw`in \u hexadecimal character escape`);
    }
  }

  private number(): void {
    this.skip(/-/);
    if (!this.skip(/0/)) this.digits('in numeric literal');
    if (this.skip(/\./)) this.digits('after decimal point in numeric literal');
    if (!this.skip(/e/i)) return;
    this.skip(/[-+]/);
    this.digits('in exponent of numeric literal');
  }

  private digits(context: string): void {
    if (!this.skip(/\d/)) this.fail(context);
    this.run(DIGITS);
  }

  private skip(pattern: RegExp): boolean {
    const fits = pattern.test(this.text[this.position] ?? '');
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
    this.run(SPACE);
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
