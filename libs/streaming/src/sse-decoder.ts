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

/** Takes the events of a stream in their order. */
export interface EventSink {
  readEvent(event: SseEvent): void;
  /** Whether there may be a template, now or after another event; lines are read one by one then, else together. */
  readonly takesRuns?: boolean;
  /** Of most events of the stream; it may change with each event. */
  readonly template?: EventTemplate | undefined;
  /** Events of the template in a row, which take a fraction of the time of the same events one by one. */
  readRun?(run: EventRun): void;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Server-sent events (HTML standard §9.2) from bytes in chunks of any size (protocol D2). A line feed never occurs
 * inside a UTF-8 sequence, so complete lines are decoded and only an incomplete line is kept as bytes.
 * Accepts CRLF and CR, a byte order mark, comments, `data:` without a space after it or with spaces before it, bare JSON
 * lines, an `error:` field, and a last event without its blank line.
 */
export class SseDecoder {
  private readonly utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  private readonly rest = new ByteBuffer();
  private isAtStart = true;
  private lineEnd: '\n' | '\r\n' = '\n';
  private name = '';
  private data: string | undefined;
  private finder: RunFinder | undefined;

  constructor(private readonly sink: EventSink) {}

  /** Passes on the events that this chunk completes. @throws TranslationError for an event over MAX_EVENT_BYTES */
  feed(bytes: Uint8Array): void {
    const end = endOfLines(bytes);
    const lines = new DataView(bytes.buffer, bytes.byteOffset, end);
    for (let at = 0; at < end;) at = this.readRun(lines, at) ?? this.readNext(bytes, at, end);
    if (end < bytes.length) this.keep(bytes.subarray(end));
  }

  /** Passes on the remaining events at the end of the body; one without its closing blank line counts. */
  end(): void {
    if (this.rest.length > 0) this.readNext(Uint8Array.of(LINE_FEED), 0, 1);
    this.dispatch();
  }

  private keep(bytes: Uint8Array): void {
    if (this.rest.length + bytes.length > MAX_EVENT_BYTES) throw tooLarge();
    this.rest.append(bytes);
  }

  /** @returns the end of the run that begins here; undefined when none does, or a line or an event is open */
  private readRun(lines: DataView, at: number): number | undefined {
    const { template } = this.sink;
    if (!template || this.data !== undefined || this.name !== '' || this.rest.length > 0) return undefined;
    if (this.finder?.template !== template || this.finder.lineEnd !== this.lineEnd)
      this.finder = new RunFinder(template, this.lineEnd, (bytes) => this.utf8.decode(bytes));
    const found = this.finder.find(lines, at);
    if (!found) return undefined;
    this.isAtStart = false;
    this.sink.readRun?.(found.run);
    return found.end;
  }

  /** Reads one line where a run may begin behind it, else all. @returns where the next line begins */
  private readNext(bytes: Uint8Array, start: number, end: number): number {
    const isRestEmpty = this.rest.length === 0;
    // Every other line is empty.
    if (bytes[start] === LINE_FEED && isRestEmpty) {
      this.isAtStart = false;
      this.dispatch();
      return start + 1;
    }
    const next = isRestEmpty && !this.sink.takesRuns ? end : bytes.indexOf(LINE_FEED, start) + 1 || end;
    this.readLines(this.decode(this.withRest(bytes.subarray(start, next))));
    return next;
  }

  private withRest(bytes: Uint8Array): Uint8Array {
    if (this.rest.length === 0) return bytes;
    this.rest.append(bytes);
    return this.rest.take();
  }

  private decode(bytes: Uint8Array): string {
    const text = this.utf8.decode(bytes);
    if (!this.isAtStart) return text;
    this.isAtStart = false;
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  private readLines(text: string): void {
    let lines = text;
    if (text.includes('\r')) {
      this.lineEnd = text.endsWith('\r\n') ? '\r\n' : '\n';
      lines = text.replace(/\r\n?/g, '\n');
    }
    let start = 0;
    for (let end = lines.indexOf('\n'); end !== -1; end = lines.indexOf('\n', start)) {
      this.readLine(lines, start, end);
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
    this.sink.readEvent({ name: 'error', data });
  }

  private addData(data: string): void {
    this.data = this.data === undefined ? data : `${this.data}\n${data}`;
    if (this.data.length > MAX_EVENT_BYTES) throw tooLarge();
  }

  private dispatch(): void {
    const { name, data } = this;
    this.data = undefined;
    this.name = '';
    if (data !== undefined) this.sink.readEvent({ name, data });
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
