import type { Steps } from '#primitives';
import type { ExtractedBase64 } from './extracted-base64.js';

/**
 * From this many characters on JSON is written in pieces: `JSON.stringify` grows one long text and copies it again and
 * again, which costs several times what its parts cost.
 */
const MIN_LONG_LENGTH = 32 * 1024;

/** Of the first piece; each further one is twice as large as the one before, up to the maximum. */
const MIN_BLOCK_BYTES = 8 * MIN_LONG_LENGTH;

/** A few large pieces: many buffers outside of the heap make V8 collect garbage. */
const MAX_BLOCK_BYTES = 1024 * 1024;

/** Of a UTF-16 unit in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

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
  private text = '';
  private block = new Uint8Array();
  /** The part of the block that is not among the pieces yet. */
  private from = 0;
  private to = 0;

  constructor(private readonly base64: ExtractedBase64 | undefined) {}

  *write(value: unknown): Steps<void> {
    if (isShort(value)) {
      if (this.add(JSON.stringify(value))) yield;
    } else if (typeof value === 'string') yield* this.writeText(value);
    else if (Array.isArray(value)) yield* this.writeList(value);
    else yield* this.writeObject(value as object);
  }

  end(): Uint8Array[] {
    this.flush(true);
    this.endPiece();
    return this.pieces;
  }

  private *writeList(list: readonly unknown[]): Steps<void> {
    this.text += '[';
    for (const [index, item] of list.entries()) {
      if (index > 0) this.text += ',';
      yield* this.write(item ?? null);
    }
    this.text += ']';
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
      if (this.add(JSON.stringify(text.slice(from, to)).slice(1, -1))) yield;
      from = to;
    }
    this.text += '"';
  }

  /** @returns whether something was written */
  private add(text: string): boolean {
    this.text += text;
    if (this.text.length < MIN_LONG_LENGTH) return false;
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
        this.endPiece();
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
    const most = MAX_BYTES_PER_UNIT * text.length;
    if (this.block.length - this.to < most) {
      this.endPiece();
      const size = Math.min(Math.max(2 * this.block.length, MIN_BLOCK_BYTES), MAX_BLOCK_BYTES);
      this.block = new Uint8Array(Math.max(size, most));
      this.from = 0;
      this.to = 0;
    }
    this.to += encoder.encodeInto(text, this.block.subarray(this.to)).written;
  }

  private endPiece(): void {
    if (this.to > this.from) this.pieces.push(this.block.subarray(this.from, this.to));
    this.from = this.to;
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
