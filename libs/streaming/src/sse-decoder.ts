import { TranslationError } from '#errors';
import { ByteBuffer } from './byte-buffer.js';
import type { EventRun, EventTemplate } from './event-template.js';
import { RunFinder } from './event-template.js';

/** A larger event is refused instead of held in memory (protocol D3). */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** `name` is "" for an event without the field `event`; a line `error: …` becomes an event named "error". */
export interface SseEvent {
  readonly name: string;
  readonly data: string;
}

export type SseItem = SseEvent | EventRun;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Server-sent events (HTML standard §9.2) from bytes in chunks of any size (protocol D2). A line feed never occurs
 * inside a UTF-8 sequence, so complete lines are decoded together and only an incomplete line is kept as bytes.
 * Accepts CRLF and CR, a byte order mark, comments, `data:` without a space after it or with spaces before it, bare JSON
 * lines, an `error:` field, and a last event without its blank line.
 */
export class SseDecoder {
  private readonly utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  private readonly rest = new ByteBuffer();
  private isAtStart = true;
  private name = '';
  private data: string | undefined;
  private items: SseItem[] = [];
  private finder: RunFinder | undefined;

  /**
   * The events that this chunk completed.
   * @param template that most events of this stream have: events in a row that match come as one run, which is several
   * times faster
   * @throws TranslationError for an event over MAX_EVENT_BYTES
   */
  feed(bytes: Uint8Array, template?: EventTemplate): SseItem[] {
    const end = endOfLines(bytes);
    if (end > 0) this.readText(this.decode(this.withRest(bytes.subarray(0, end))), template);
    if (end < bytes.length) this.keep(bytes.subarray(end));
    return this.take();
  }

  /** The remaining events at the end of the body; one without its closing blank line counts. */
  end(): SseItem[] {
    if (this.rest.length > 0) this.readText(this.decode(this.withRest(Uint8Array.of(LINE_FEED))));
    this.dispatch();
    return this.take();
  }

  private keep(bytes: Uint8Array): void {
    if (this.rest.length + bytes.length > MAX_EVENT_BYTES) throw tooLarge();
    this.rest.append(bytes);
  }

  private withRest(bytes: Uint8Array): Uint8Array {
    if (this.rest.length === 0) return bytes;
    this.rest.append(bytes);
    return this.rest.take();
  }

  private decode(bytes: Uint8Array): string {
    let text = this.utf8.decode(bytes);
    if (this.isAtStart) {
      this.isAtStart = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    return bytes.includes(CARRIAGE_RETURN) ? text.replace(/\r\n?/g, '\n') : text;
  }

  private readText(text: string, template?: EventTemplate): void {
    if (template !== this.finder?.template) this.finder = template && new RunFinder(template);
    const found = this.finder?.find(text);
    if (!found) {
      this.readLines(text, 0, text.length);
      return;
    }
    this.readLines(text, 0, found.start);
    if (this.data === undefined && this.name === '') this.items.push(found.run);
    // The first event of the run continues an event that is already open.
    else this.readLines(text, found.start, found.end);
    this.readLines(text, found.end, text.length);
  }

  private readLines(text: string, from: number, to: number): void {
    let start = from;
    for (let end = text.indexOf('\n', start); end !== -1 && end < to; end = text.indexOf('\n', start)) {
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

  /** An open event ends here: events keep their order. */
  private addError(data: string): void {
    this.dispatch();
    this.items.push({ name: 'error', data });
  }

  private addData(data: string): void {
    this.data = this.data === undefined ? data : `${this.data}\n${data}`;
    if (this.data.length > MAX_EVENT_BYTES) throw tooLarge();
  }

  private dispatch(): void {
    if (this.data !== undefined) this.items.push({ name: this.name, data: this.data });
    this.data = undefined;
    this.name = '';
  }

  private take(): SseItem[] {
    const { items } = this;
    if (items.length > 0) this.items = [];
    return items;
  }
}

/**
 * Where the last complete line ends. A CR as the very last byte may be the first half of a CRLF and does not count yet.
 */
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
