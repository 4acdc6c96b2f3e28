import { TranslationError } from '#errors';
import type { SseEvent } from './sse-decoder.js';
import { SseDecoder } from './sse-decoder.js';

/** A whole JSON answer larger than this is refused instead of held in memory. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Reads an answer by its body, not by its label (dialects rule 1): backends answer a stream request with one JSON
 * object, and JSON under the type of a stream. JSON becomes one event, when the body ends.
 */
export class AnswerDecoder {
  private events: SseDecoder | undefined;
  private json: Uint8Array[] | undefined;
  private jsonBytes = 0;

  constructor(private readonly contentType: string) {}

  /** True once the body has shown that it is a stream of events. */
  get streams(): boolean {
    return this.events !== undefined;
  }

  feed(piece: Uint8Array): SseEvent[] {
    if (this.events) return this.events.feed(piece);
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

  end(): SseEvent[] {
    if (this.events) return this.events.end();
    if (!this.json) return [];
    const data = new TextDecoder().decode(join(this.json, this.jsonBytes)).trim();
    this.json = undefined;
    return [{ name: '', data }];
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

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
