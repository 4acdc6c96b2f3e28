import type { Steps } from '#primitives';
import type { ExtractedBase64 } from './extracted-base64.js';

/**
 * From this many characters on JSON is written in pieces: `JSON.stringify` grows one long text and copies it again and
 * again, which costs several times what its parts cost.
 */
const MIN_LONG_LENGTH = 32 * 1024;

/**
 * Characters that are turned into bytes at once: few and large pieces, but no text of more than 128 KB, which V8 would put on
 * memory pages of its own.
 */
const MIN_PIECE_LENGTH = 96 * 1024;

const encoder = new TextEncoder();

/**
 * JSON equal to that of `JSON.stringify`, with extracted base64 in the place of its placeholders: a text if it is short,
 * otherwise the steps that make bytes in pieces that follow one another.
 */
export function writeJson(payload: object, base64?: ExtractedBase64): string | Steps<Uint8Array[]> {
  if (!base64 && isShort(payload)) return JSON.stringify(payload);
  return writeLong(payload, base64);
}

function* writeLong(payload: object, base64: ExtractedBase64 | undefined): Steps<Uint8Array[]> {
  const writer = new JsonWriter(base64);
  yield* writer.write(payload);
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
  /** What is not among the pieces yet. */
  private text = '';

  constructor(private readonly base64: ExtractedBase64 | undefined) {}

  *write(value: unknown): Steps<void> {
    if (isShort(value)) this.text += JSON.stringify(value);
    else if (typeof value === 'string') yield* this.writeText(value);
    else if (Array.isArray(value)) yield* this.writeList(value);
    else yield* this.writeObject(value as object);
    if (this.flushLong()) yield;
  }

  end(): Uint8Array[] {
    this.flush(true);
    return this.pieces;
  }

  private *writeList(list: readonly unknown[]): Steps<void> {
    let separator = '[';
    for (const item of list) {
      this.text += separator;
      separator = ',';
      const value = item ?? null;
      // Most are messages: without a generator for each of them.
      if (!isShort(value)) yield* this.write(value);
      else {
        this.text += JSON.stringify(value);
        if (this.flushLong()) yield;
      }
    }
    this.text += separator === '[' ? '[]' : ']';
  }

  private *writeObject(object: object): Steps<void> {
    let separator = '{';
    for (const [key, value] of Object.entries(object)) {
      if (value === undefined) continue;
      this.text += `${separator}${JSON.stringify(key)}:`;
      separator = ',';
      yield* this.write(value);
    }
    this.text += separator === '{' ? '{}' : '}';
  }

  /** In slices, none of which ends between two surrogates. */
  private *writeText(text: string): Steps<void> {
    this.text += '"';
    for (let from = 0; from < text.length;) {
      let to = Math.min(from + MIN_LONG_LENGTH, text.length);
      if (isHighSurrogate(text.charCodeAt(to - 1))) to += 1;
      this.text += JSON.stringify(text.slice(from, to)).slice(1, -1);
      if (this.flushLong()) yield;
      from = to;
    }
    this.text += '"';
  }

  /** @returns whether something was turned into bytes */
  private flushLong(): boolean {
    if (this.text.length < MIN_PIECE_LENGTH) return false;
    this.flush();
    return true;
  }

  /** Turns the text into bytes. What may be the beginning of a placeholder stays for the next call. */
  private flush(isLast = false): void {
    const { text, base64 } = this;
    let written = 0;
    // Searching for the token is much faster than matching the pattern.
    if (base64 && text.includes(base64.token)) {
      for (const { 0: placeholder, 1: index, index: at } of text.matchAll(base64.pattern)) {
        const chunk = base64.chunks[Number(index)];
        if (!chunk) continue;
        this.encode(text.slice(written, at));
        this.pieces.push(chunk);
        written = at + placeholder.length;
      }
    }
    let end = isLast || !base64 ? text.length : Math.max(written, text.length - base64.placeholderLength);
    if (end > written && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    this.encode(text.slice(written, end));
    this.text = text.slice(end);
  }

  private encode(text: string): void {
    if (text !== '') this.pieces.push(encoder.encode(text));
  }
}

function isShort(value: unknown): boolean {
  return weigh(value, MIN_LONG_LENGTH) > 0;
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
