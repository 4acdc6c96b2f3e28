const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const LAST_SPACE = 0x20;

/** Follows a JSON object that comes in parts to its end; each character is read once. */
export class JsonObjectEnd {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  private state: 'before' | 'inside' | 'after' | 'other' = 'before';
  private count = 0;
  /** Characters up to the end of the first object; undefined until it is there. */
  length: number | undefined;

  /** The text so far is one object, of balanced braces, with at most white space around it. */
  get isComplete(): boolean {
    return this.state === 'after';
  }

  read(text: string): void {
    for (let at = 0; at < text.length && this.state !== 'other'; at += 1) this.readUnit(text.charCodeAt(at));
  }

  private readUnit(unit: number): void {
    this.count += 1;
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (unit === BACKSLASH) this.isEscaped = true;
      else if (unit === QUOTE) this.isInString = false;
    } else if (unit === OPENING_BRACE) {
      this.depth += 1;
      this.state = this.state === 'after' ? 'other' : 'inside';
    } else if (this.state !== 'inside') {
      if (unit > LAST_SPACE) this.state = 'other';
    } else if (unit === QUOTE) this.isInString = true;
    else if (unit === CLOSING_BRACE) {
      this.depth -= 1;
      if (this.depth === 0) {
        this.state = 'after';
        this.length = this.count;
      }
    }
  }
}
