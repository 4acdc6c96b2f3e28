import { TranslationError } from '#errors';
import { ByteBuffer } from './byte-buffer.js';
import type { EventSink } from './sse-decoder.js';
import { SseDecoder } from './sse-decoder.js';

/** A larger JSON response is refused instead of held in memory. */
export const MAX_JSON_BYTES = 64 * 1024 * 1024;

/**
 * Reads the body of a response by its content instead of its Content-Type (protocol D1): some upstreams answer a
 * stream request with one JSON object, and some label JSON as an event stream. JSON is available when the body has ended.
 */
export class ResponseDecoder {
  private events: SseDecoder | undefined;
  private json: ByteBuffer | undefined;

  /** @param sink takes the events of a stream */
  constructor(
    private readonly contentType: string,
    private readonly sink: EventSink,
  ) {}

  /**
   * Passes on the events that this chunk completes; none for JSON.
   * @throws TranslationError for JSON over MAX_JSON_BYTES or an event over MAX_EVENT_BYTES
   */
  feed(chunk: Uint8Array): void {
    if (this.events) {
      this.events.feed(chunk);
      return;
    }
    const bytes = this.json ? chunk : withoutLead(chunk);
    if (!this.json) {
      if (bytes[0] === undefined) return;
      if (this.isStream(String.fromCharCode(bytes[0]))) {
        this.events = new SseDecoder(this.sink);
        this.events.feed(bytes);
        return;
      }
      this.json = new ByteBuffer();
    }
    if (this.json.length + bytes.length > MAX_JSON_BYTES)
      throw new TranslationError('upstream error: the answer is too large');
    this.json.append(bytes);
  }

  /** Passes on the remaining events of a stream whose body has ended. */
  end(): void {
    this.events?.end();
  }

  /** The text of a body that was not a stream; undefined for a stream or an empty body. */
  whole(): string | undefined {
    if (!this.json) return undefined;
    return new TextDecoder().decode(this.json.take()).trim();
  }

  private isStream(first: string): boolean {
    if (first === '{' || first === '[') return false;
    return this.contentType.includes('event-stream') || /[:dei]/.test(first);
  }
}

/** Drops white space and a byte order mark, which may be split between chunks. */
function withoutLead(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((each) => each > 32 && each !== 0xef && each !== 0xbb && each !== 0xbf);
  return bytes.subarray(start === -1 ? bytes.length : start);
}
