import { BadRequestError } from '#errors';

/**
 * Parses a request body as Go's decoder does (contract §0): only the first JSON value counts, a byte order mark is an
 * error, and errors come in Go's words.
 */
export function parseGoJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return parseFirstValue(text);
  }
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

/** Deep enough for any conversation, shallow enough for the stack. */
const MAX_DEPTH = 10_000;

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
    for (this.position += 1; ; this.position += 1) {
      const character = this.text[this.position];
      if (character === '"') break;
      if (character === undefined || character < ' ') this.fail('in string literal');
      if (character === '\\') {
        this.position += 1;
        if (!/["\\/bfnrtu]/.test(this.text[this.position] ?? '')) this.fail('in string escape code');
      }
    }
    this.position += 1;
  }

  private number(): void {
    const match = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/.exec(this.text.slice(this.position, this.position + 400));
    if (!match) {
      this.position += 1;
      this.fail('in numeric literal');
    }
    this.position += match[0].length;
  }

  private literal(): void {
    const word = { t: 'true', f: 'false', n: 'null' }[this.text[this.position] ?? ''] ?? '';
    for (const letter of word) {
      if (this.text[this.position] !== letter) this.fail(`in literal ${word} (expecting '${letter}')`);
      this.position += 1;
    }
  }

  private enter(): void {
    this.position += 1;
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new BadRequestError('exceeded max depth');
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
    while (/[ \t\r\n]/.test(this.text[this.position] ?? '')) this.position += 1;
  }

  private fail(context: string): never {
    const character = this.text[this.position];
    if (character === undefined) throw new BadRequestError('unexpected EOF');
    throw new BadRequestError(`invalid character ${quoteCharacter(character)} ${context}`);
  }
}

function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  const escaped = JSON.stringify(character).slice(1, -1);
  return `'${escaped}'`;
}
