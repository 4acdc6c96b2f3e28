import { TranslationError } from '#errors';
import { joinBytes } from '#json-bytes';
import type { Pattern, SseItem } from './sse-decoder.js';
import { SseDecoder } from './sse-decoder.js';

/** A whole JSON answer larger than this is refused instead of held in memory. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Reads an answer by its body, not by its label (dialects rule 1): backends answer a stream request with one JSON
 * object, and JSON under the type of a stream. JSON is told as a whole, when the body has ended.
 */
export class AnswerDecoder {
  private events: SseDecoder | undefined;
  private json: Uint8Array[] | undefined;
  private jsonBytes = 0;

  constructor(private readonly contentType: string) {}

  /** @param pattern as SseDecoder takes it */
  feed(piece: Uint8Array, pattern?: Pattern): SseItem[] {
    if (this.events) return this.events.feed(piece, pattern);
    const bytes = this.json ? piece : withoutLead(piece);
    if (!this.json) {
      if (bytes[0] === undefined) return [];
      if (this.isStream(String.fromCharCode(bytes[0]))) {
        this.events = new SseDecoder();
        return this.events.feed(bytes);
      }
      this.json = [];
    }
    this.jsonBytes += bytes.length;
    if (this.jsonBytes > MAX_ANSWER_BYTES) throw new TranslationError('upstream error: the answer is too large');
    this.json.push(bytes);
    return [];
  }

  /** What is left of a stream when the body has ended. */
  end(): SseItem[] {
    return this.events?.end() ?? [];
  }

  /** The JSON of an answer that was no stream; undefined for an empty body. */
  whole(): string | undefined {
    if (!this.json) return undefined;
    return new TextDecoder().decode(joinBytes(this.json)).trim();
  }

  private isStream(first: string): boolean {
    if (first === '{' || first === '[') return false;
    return this.contentType.includes('event-stream') || /[:dei]/.test(first);
  }
}

/** From the first byte on that belongs neither to white space nor to a byte order mark, which may be cut in two. */
function withoutLead(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((each) => each > 32 && each !== 0xef && each !== 0xbb && each !== 0xbf);
  return bytes.subarray(start === -1 ? bytes.length : start);
}
