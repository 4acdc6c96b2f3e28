import type { OpenAiEmbeddingResponse } from '#contracts';
import { joinBytes } from '#streaming';
import { CLOSING_BRACKET, OPENING_BRACKET, QUOTE, startOfValue } from '../json-bytes.js';
import type { PlainList } from './plain-list.js';
import { scanList } from './plain-list.js';

const KEY = new TextEncoder().encode('"embedding"');

/** Bytes without a vector that are looked at again when more has come; around vectors there are some hundred. */
const LONGEST_TEXT = 4096;

/** An answer without its vectors: each `embedding` is an index into the lists. */
interface TakenVectors {
  readonly answer: OpenAiEmbeddingResponse;
  readonly lists: readonly PlainList[];
}

/**
 * Takes the vectors out of an answer as the bytes they are, wherever it says `"embedding": [1, 2, 3]`, and parses what is
 * left. Undefined for every answer that is not plain: it is read in the slow way, which also knows what is wrong with it.
 * @param parts the answer, in pieces that follow one another
 */
export function takeVectors(parts: readonly Uint8Array[]): TakenVectors | undefined {
  const taker = new VectorTaker();
  return parts.every((part) => taker.feed(part)) ? taker.end() : undefined;
}

/** Copies no more than what stands across two pieces: megabytes that are held outside the heap make V8 collect it. */
class VectorTaker {
  private readonly lists: PlainList[] = [];
  /** The answer so far, with an index for each list. A mark in front of a piece is no mark of the answer. */
  private rest = '';
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** What came since the last list, perhaps with the beginning of one. */
  private pending: Uint8Array[] = [];

  /** Whether the answer can be plain. */
  feed(part: Uint8Array): boolean {
    // Nothing ends before the next bracket.
    const end = this.pending.length === 0 ? 0 : part.indexOf(CLOSING_BRACKET) + 1;
    if (end === 0 && this.pending.length > 0) {
      this.pending.push(part);
      return true;
    }
    if (end > 0 && !this.take(joinBytes([...this.pending, part.subarray(0, end)]))) return false;
    return this.take(joinBytes([...this.pending, part.subarray(end)]));
  }

  end(): TakenVectors | undefined {
    const { lists } = this;
    const text = this.rest + this.decoder.decode(joinBytes(this.pending));
    // Without escapes, what looks like a key is one, and no other spelling of it is.
    if (text.includes('\\')) return undefined;
    const answer = parse(text);
    return answer && hasVectors(answer) ? { answer, lists } : undefined;
  }

  /** Takes the lists that are complete; the rest is pending. */
  private take(bytes: Uint8Array): boolean {
    const last = bytes.lastIndexOf(CLOSING_BRACKET);
    let kept = 0;
    let isOpen = false;
    for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
      const start = startOfValue(bytes, at, KEY);
      if (start === undefined) continue;
      if (bytes[start] !== OPENING_BRACKET) return false;
      isOpen = start > last;
      if (isOpen) break;
      const scanned = scanList(bytes, start);
      if (!scanned) return false;
      // The space keeps digits that follow the list from becoming a part of the index.
      this.rest += `${this.decoder.decode(bytes.subarray(kept, start))}${this.lists.length} `;
      this.lists.push(scanned.list);
      kept = scanned.end;
      at = kept - 1;
    }
    const left = bytes.subarray(kept);
    this.pending = left.length > 0 ? [left] : [];
    return isOpen || left.length <= LONGEST_TEXT;
  }
}

/** The only numbers under that key are those put in. */
function hasVectors({ data }: OpenAiEmbeddingResponse): boolean {
  return Array.isArray(data) && data.every((entry) => typeof entry?.embedding === 'number');
}

function parse(text: string): OpenAiEmbeddingResponse | undefined {
  try {
    return (JSON.parse(text.replace(/^\uFEFF/, '')) as OpenAiEmbeddingResponse | null) ?? undefined;
  } catch {
    return undefined;
  }
}
