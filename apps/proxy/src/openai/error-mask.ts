import { toBuffer } from './to-buffer.js';

/** Bytes of an error that are held until its end. Errors have some hundred; a longer one is masked in parts. */
const MAX_HELD_BYTES = 64 * 1024;

/** Where an error begins: its key in JSON, or the name of its event. Within a text the quotes would be escaped. */
const MARK = /"error"(?!\s*:\s*null)|(?:^|[\r\n])event: ?error/;

/** In every mark, and rare in answers. Without its first letter, as a search stops at each `e`. */
const WORD = Buffer.from('rror');

/** Characters of a mark before and behind the word, with some space before a `null`. */
const AROUND = 12;

/** The end of an event. */
const BLANK_LINE = /\n\n|\r\n\r\n|\r\r/;
const BLANK_LINE_LENGTH = 4;

/**
 * Masks the secrets that an upstream quotes in an error within a body of status 200, which is forwarded unchanged otherwise.
 * From the beginning of an error to its end, the bytes are held; all others pass at once. The length does not change, so that
 * a Content-Length stays true.
 */
export class ErrorMask {
  private isInError = false;
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  /** The end of what has passed or is held, as latin1: a mark or a blank line may be split. Empty where a line begins. */
  private tail = '';

  /**
   * @param mask returns a text of the same length
   * @param isStream whether an error ends with its event; otherwise it ends with the body
   */
  constructor(
    private readonly mask: (text: string) => string,
    private readonly isStream: boolean,
  ) {}

  feed(batch: readonly Uint8Array[]): readonly Uint8Array[] {
    let passed: Uint8Array[] | undefined;
    for (const [index, each] of batch.entries()) {
      const chunk = toBuffer(each);
      if (!passed && this.isWithoutError(chunk)) {
        this.pass(chunk);
        continue;
      }
      passed ??= batch.slice(0, index);
      this.split(chunk, passed);
    }
    return passed ?? batch;
  }

  /** What is held of an error that ends with the body, masked. */
  flush(): readonly Uint8Array[] {
    return this.heldBytes > 0 ? [this.release()] : [];
  }

  private isWithoutError(chunk: Buffer): boolean {
    return !this.isInError && this.startOfError(chunk) === chunk.length;
  }

  private pass(bytes: Buffer): void {
    this.tail = isLineBreak(bytes.at(-1)) ? '' : tailOf(this.tail, bytes);
  }

  private split(chunk: Buffer, passed: Uint8Array[]): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (!this.isInError) {
        const start = this.startOfError(rest);
        if (start > 0) {
          const part = rest.subarray(0, start);
          passed.push(part);
          this.pass(part);
          rest = rest.subarray(start);
        }
        if (rest.length === 0) return;
        this.isInError = true;
        // Otherwise a blank line before the error would end it.
        this.tail = '';
      }
      const end = this.endOfError(rest);
      const part = rest.subarray(0, end ?? rest.length);
      this.held.push(part);
      this.heldBytes += part.length;
      this.tail = tailOf(this.tail, part);
      rest = rest.subarray(part.length);
      this.isInError = end === undefined;
      if (!this.isInError || this.heldBytes > MAX_HELD_BYTES) passed.push(this.release());
    }
  }

  /** The position of the first error; the length if there is none. */
  private startOfError(bytes: Buffer): number {
    if (this.tail !== '' && MARK.test(this.tail + bytes.toString('latin1', 0, AROUND))) return 0;
    for (let at = bytes.indexOf(WORD); at >= 0; at = bytes.indexOf(WORD, at + WORD.length)) {
      const from = Math.max(0, at - 1 - AROUND);
      const found = MARK.exec(bytes.toString('latin1', from, at + WORD.length + AROUND));
      if (found) return from + found.index;
    }
    return bytes.length;
  }

  /** The position behind the blank line that ends the event; undefined if it is not in these bytes. */
  private endOfError(bytes: Buffer): number | undefined {
    if (!this.isStream) return undefined;
    const before = this.tail.slice(1 - BLANK_LINE_LENGTH);
    const found = BLANK_LINE.exec(before + bytes.toString('latin1'));
    return found ? found.index + found[0].length - before.length : undefined;
  }

  private release(): Uint8Array {
    const text = Buffer.concat(this.held).toString('latin1');
    this.held = [];
    this.heldBytes = 0;
    return Buffer.from(this.mask(text), 'latin1');
  }
}

function tailOf(before: string, bytes: Buffer): string {
  return (before + bytes.toString('latin1', Math.max(0, bytes.length - AROUND))).slice(-AROUND);
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === 10 || byte === 13;
}
