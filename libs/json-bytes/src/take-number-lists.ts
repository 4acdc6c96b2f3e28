import { parseJson } from '#primitives';
import { CLOSING_BRACKET, OPENING_BRACKET, QUOTE, startOfValue } from './bytes.js';
import { joinBytes } from './join-bytes.js';
import type { NumberList } from './number-list.js';
import { scanNumberList } from './number-list.js';

/** Bytes without a list that are scanned again when more has arrived; between two lists there are a few hundred. */
const MAX_GAP_LENGTH = 4096;

/** A JSON text without its lists: the value of each `key` is an index into `lists`. */
interface TakenLists {
  readonly value: unknown;
  readonly lists: readonly NumberList[];
}

/**
 * Cuts lists of numbers out of a JSON text wherever it has `"key": [1, 2, 3]`, keeps them as their bytes, and parses the
 * rest. Undefined for every text that it does not read exactly as a JSON parser would (a key with an escape, a list that
 * `scanNumberList` refuses, invalid JSON): the caller parses those.
 * @param parts the text, in pieces that follow one another
 */
export function takeNumberLists(parts: readonly Uint8Array[], key: string): TakenLists | undefined {
  const taker = new ListTaker(new TextEncoder().encode(`"${key}"`));
  return parts.every((part) => taker.feed(part)) ? taker.end() : undefined;
}

/** It copies only lists that span two pieces: megabytes of buffers outside of the heap make V8 collect garbage. */
class ListTaker {
  private readonly lists: NumberList[] = [];
  /** The text so far, with an index for each list. */
  private rest = '';
  /** A byte order mark at the beginning of a piece is part of the text. */
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** What arrived since the last list, perhaps with the beginning of one. */
  private pending: Uint8Array[] = [];

  constructor(private readonly key: Uint8Array) {}

  /** False if the text cannot be read this way. */
  feed(part: Uint8Array): boolean {
    // A list ends at the next bracket.
    const end = this.pending.length === 0 ? 0 : part.indexOf(CLOSING_BRACKET) + 1;
    if (end === 0 && this.pending.length > 0) {
      this.pending.push(part);
      return true;
    }
    return (end === 0 || this.take(part.subarray(0, end))) && this.take(part.subarray(end));
  }

  end(): TakenLists | undefined {
    const text = this.rest + this.decoder.decode(joinBytes(this.pending));
    // Without escapes every text that looks like the key is one, and the key has no other spelling.
    if (text.includes('\\')) return undefined;
    const value = parseJson(text.replace(/^\uFEFF/, '')) ?? undefined;
    return value === undefined ? undefined : { value, lists: this.lists };
  }

  /** Takes the complete lists of what is pending and of `part`; the rest becomes pending. */
  private take(part: Uint8Array): boolean {
    const bytes = joinBytes([...this.pending, part]);
    // No list that is pending is complete. A Buffer, as which parts arrive, finds a byte forty times as fast.
    const last = bytes.length - part.length + part.lastIndexOf(CLOSING_BRACKET);
    let kept = 0;
    let isIncomplete = false;
    for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
      const start = startOfValue(bytes, at, this.key);
      if (start === undefined) continue;
      if (bytes[start] !== OPENING_BRACKET) return false;
      isIncomplete = start > last;
      if (isIncomplete) break;
      const scanned = scanNumberList(bytes, start);
      if (!scanned) return false;
      // The space keeps digits after the list from becoming part of the index.
      this.rest += `${this.decoder.decode(bytes.subarray(kept, start))}${this.lists.length} `;
      this.lists.push(scanned.list);
      kept = scanned.end;
      at = kept - 1;
    }
    const left = bytes.subarray(kept);
    this.pending = left.length > 0 ? [left] : [];
    return isIncomplete || left.length <= MAX_GAP_LENGTH;
  }
}
