import type { ExtractedBase64 } from './extracted-base64.js';
import { joinBytes } from './join-bytes.js';

/**
 * From this many characters on JSON is written in pieces: `JSON.stringify` grows one long text and copies it again and
 * again, which costs several times what its parts cost.
 */
const MIN_LONG_LENGTH = 32 * 1024;

const encoder = new TextEncoder();

/**
 * JSON equal to that of `JSON.stringify`, with extracted base64 in the place of its placeholders: a text if it is short,
 * otherwise bytes in pieces that follow one another.
 */
export function writeJson(payload: object, base64?: ExtractedBase64): string | Uint8Array[] {
  if (!base64 && weigh(payload, MIN_LONG_LENGTH) > 0) return JSON.stringify(payload);
  const writer = new JsonWriter(base64);
  writer.write(payload);
  return writer.end();
}

/**
 * The JSON of an object with other JSON in the place of one of its values, in pieces that follow one another.
 * @param key of an empty list at the top level of `object`
 * @param value the pieces that replace the list
 */
export function writeAroundValue(object: object, key: string, value: readonly Uint8Array[]): Uint8Array[] {
  // Inside of a text the quotes around the key would be escaped.
  const [before = '', after = ''] = JSON.stringify(object).split(`"${key}":[]`);
  return [encoder.encode(`${before}"${key}":`), ...value, encoder.encode(after)];
}

class JsonWriter {
  private readonly pieces: Uint8Array[] = [];
  private text = '';

  constructor(private readonly base64: ExtractedBase64 | undefined) {}

  write(value: unknown): void {
    if (weigh(value, MIN_LONG_LENGTH) > 0) this.add(JSON.stringify(value));
    else if (typeof value === 'string') this.writeText(value);
    else if (Array.isArray(value)) this.writeList(value);
    else this.writeObject(value as object);
  }

  /** Without extracted base64 a single piece: many buffers of megabytes outside of the heap make V8 collect garbage. */
  end(): Uint8Array[] {
    this.flush(true);
    return this.base64 ? this.pieces : [joinBytes(this.pieces)];
  }

  private writeList(list: readonly unknown[]): void {
    this.text += '[';
    for (const [index, item] of list.entries()) {
      if (index > 0) this.text += ',';
      this.write(item ?? null);
    }
    this.text += ']';
  }

  private writeObject(object: object): void {
    let separator = '{';
    for (const [key, value] of Object.entries(object)) {
      if (value === undefined) continue;
      this.text += `${separator}${JSON.stringify(key)}:`;
      separator = ',';
      this.write(value);
    }
    this.text += separator === '{' ? '{}' : '}';
  }

  /** In slices, none of which ends between two surrogates. */
  private writeText(text: string): void {
    this.text += '"';
    for (let from = 0; from < text.length;) {
      let to = Math.min(from + MIN_LONG_LENGTH, text.length);
      if (isHighSurrogate(text.charCodeAt(to - 1))) to += 1;
      this.add(JSON.stringify(text.slice(from, to)).slice(1, -1));
      from = to;
    }
    this.text += '"';
  }

  private add(text: string): void {
    this.text += text;
    if (this.text.length >= MIN_LONG_LENGTH) this.flush();
  }

  /** Turns the text into pieces. What may be the beginning of a placeholder stays for the next call. */
  private flush(isLast = false): void {
    const { text, base64 } = this;
    let written = 0;
    // Searching for the token is much faster than matching the pattern.
    if (base64 && text.includes(base64.token)) {
      for (const { 0: placeholder, 1: index, index: at } of text.matchAll(base64.pattern)) {
        const chunk = base64.chunks[Number(index)];
        if (!chunk) continue;
        this.pieces.push(encoder.encode(text.slice(written, at)), chunk);
        written = at + placeholder.length;
      }
    }
    let end = isLast || !base64 ? text.length : Math.max(written, text.length - base64.placeholderLength);
    if (end > written && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    this.pieces.push(encoder.encode(text.slice(written, end)));
    this.text = text.slice(end);
  }
}

/** `budget` minus the characters of the texts within a value. It stops as soon as nothing of the budget is left. */
function weigh(value: unknown, budget: number): number {
  if (typeof value === 'string') return budget - value.length;
  if (typeof value !== 'object' || value === null) return budget - 1;
  let left = budget - 1;
  for (const inner of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) {
    left = weigh(inner, left);
    if (left <= 0) break;
  }
  return left;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
