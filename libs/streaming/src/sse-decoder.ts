import { TranslationError } from '#errors';

/** One event larger than this is not an answer any more (dialects rule 3). */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** `name` is "" unless the backend named the event; a line `error: …` arrives as an event named "error". */
export interface SseEvent {
  readonly name: string;
  readonly data: string;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Server-sent events from bytes, in whatever pieces the network cut them (dialects rule 2). A line feed never occurs
 * inside a UTF-8 sequence, so complete lines are decoded in one go and only an unfinished one is kept as bytes.
 * Tolerates CRLF and CR, a BOM, comments, `data:` without the space or with one before it, bare JSON lines, an `error:`
 * field, and a last event without its blank line.
 */
export class SseDecoder {
  private readonly utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  private rest: Uint8Array[] = [];
  private restBytes = 0;
  private atStart = true;
  private name = '';
  private data: string | undefined;
  private events: SseEvent[] = [];

  /** The events that this read completed. */
  feed(bytes: Uint8Array): SseEvent[] {
    const end = endOfLines(bytes);
    if (end > 0) this.readLines(this.withRest(bytes.subarray(0, end)));
    if (end < bytes.length) this.keep(bytes.subarray(end));
    return this.take();
  }

  /** What is left at the end of the body; an event without its closing blank line counts. */
  end(): SseEvent[] {
    if (this.restBytes > 0) this.readLines(this.withRest(Uint8Array.of(LINE_FEED)));
    this.dispatch();
    return this.take();
  }

  private keep(bytes: Uint8Array): void {
    this.restBytes += bytes.length;
    if (this.restBytes > MAX_EVENT_BYTES) throw tooLarge();
    this.rest.push(bytes);
  }

  private withRest(bytes: Uint8Array): Uint8Array {
    if (this.restBytes === 0) return bytes;
    const whole = new Uint8Array(this.restBytes + bytes.length);
    let at = 0;
    for (const part of this.rest) {
      whole.set(part, at);
      at += part.length;
    }
    whole.set(bytes, at);
    this.rest = [];
    this.restBytes = 0;
    return whole;
  }

  private readLines(bytes: Uint8Array): void {
    let text = this.utf8.decode(bytes);
    if (this.atStart) {
      this.atStart = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (bytes.includes(CARRIAGE_RETURN)) text = text.replace(/\r\n?/g, '\n');
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.readLine(text, start, end);
      start = end + 1;
    }
  }

  private readLine(text: string, lineStart: number, end: number): void {
    let start = lineStart;
    while (start < end && text.charCodeAt(start) <= 32) start += 1;
    if (start === end) {
      this.dispatch();
      return;
    }
    if (text.startsWith('data:', start)) this.addData(value(text, start + 5, end));
    else if (text.startsWith('event:', start)) this.name = value(text, start + 6, end).trim();
    else if (text.startsWith('error:', start)) this.addError(value(text, start + 6, end));
    else if (text[start] === '{') this.addData(text.slice(start, end));
  }

  /** What was said before it is told before it. */
  private addError(data: string): void {
    this.dispatch();
    this.events.push({ name: 'error', data });
  }

  private addData(data: string): void {
    this.data = this.data === undefined ? data : `${this.data}\n${data}`;
    if (this.data.length > MAX_EVENT_BYTES) throw tooLarge();
  }

  private dispatch(): void {
    if (this.data !== undefined) this.events.push({ name: this.name, data: this.data });
    this.data = undefined;
    this.name = '';
  }

  private take(): SseEvent[] {
    const events = this.events;
    if (events.length > 0) this.events = [];
    return events;
  }
}

/** Where the last complete line ends. A CR at the very end may be the first half of a CRLF, so it does not count yet. */
function endOfLines(bytes: Uint8Array): number {
  const end = bytes.lastIndexOf(LINE_FEED) + 1;
  return end > 0 || bytes.length < 2 ? end : bytes.lastIndexOf(CARRIAGE_RETURN, bytes.length - 2) + 1;
}

function value(text: string, start: number, end: number): string {
  return text.slice(text[start] === ' ' ? start + 1 : start, end);
}

function tooLarge(): TranslationError {
  return new TranslationError('upstream error: an event of the stream is too large');
}
