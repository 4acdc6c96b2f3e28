import { TranslationError } from '#errors';
import { joinBytes } from '#json-bytes';

/** One event larger than this is not an answer any more (dialects rule 3). */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** What one network read brings is shorter; in longer text, a long event, a search may take time squared. */
const LONGEST_SEARCH = 128 * 1024;

/** `name` is "" unless the backend named the event; a line `error: …` arrives as an event named "error". */
export interface SseEvent {
  readonly name: string;
  readonly data: string;
}

/** What stands before and after the one text in which events of a stream differ; neither holds a line end. */
export interface Pattern {
  readonly head: string;
  readonly tail: string;
}

/** Events in a row without a name, each with the data `head + middle + tail` of the pattern. */
export interface SseRun {
  readonly pattern: Pattern;
  readonly middles: readonly string[];
}

export type SseItem = SseEvent | SseRun;

/** What is looked for, as it stands in the stream. */
interface Search {
  readonly pattern: Pattern;
  readonly before: string;
  readonly after: string;
  readonly between: string;
}

interface FoundRun {
  readonly start: number;
  readonly end: number;
  readonly run: SseRun;
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
  private events: SseItem[] = [];
  private search: Search | undefined;

  /**
   * The events that this read completed.
   * @param pattern what events of this stream look like: those in a row that do come as a run, found several times faster
   */
  feed(bytes: Uint8Array, pattern?: Pattern): SseItem[] {
    const end = endOfLines(bytes);
    if (end > 0) this.readText(this.decode(this.withRest(bytes.subarray(0, end))), pattern);
    if (end < bytes.length) this.keep(bytes.subarray(end));
    return this.take();
  }

  /** What is left at the end of the body; an event without its closing blank line counts. */
  end(): SseItem[] {
    if (this.restBytes > 0) this.readText(this.decode(this.withRest(Uint8Array.of(LINE_FEED))));
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
    const whole = joinBytes([...this.rest, bytes]);
    this.rest = [];
    this.restBytes = 0;
    return whole;
  }

  private decode(bytes: Uint8Array): string {
    let text = this.utf8.decode(bytes);
    if (this.atStart) {
      this.atStart = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    return bytes.includes(CARRIAGE_RETURN) ? text.replace(/\r\n?/g, '\n') : text;
  }

  private readText(text: string, pattern?: Pattern): void {
    if (pattern !== this.search?.pattern) this.search = pattern && toSearch(pattern);
    const found = this.search && text.length <= LONGEST_SEARCH ? findRun(text, this.search) : undefined;
    if (!found) {
      this.readLines(text, 0, text.length);
      return;
    }
    this.readLines(text, 0, found.start);
    if (this.data === undefined && this.name === '') this.events.push(found.run);
    // Goes on with an event that has begun before.
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

  private take(): SseItem[] {
    const events = this.events;
    if (events.length > 0) this.events = [];
    return events;
  }
}

function toSearch(pattern: Pattern): Search {
  const before = `data: ${pattern.head}`;
  const after = `${pattern.tail}\n\n`;
  return { pattern, before, after, between: after + before };
}

/**
 * The events from the first to the last that look like the pattern, if all between them do, too. One search for what
 * stands between two middles finds them all.
 */
function findRun(text: string, { before, after, between, pattern }: Search): FoundRun | undefined {
  const start = text.indexOf(before);
  if (start === -1 || (start > 0 && text[start - 1] !== '\n')) return undefined;
  const from = start + before.length;
  const to = text.lastIndexOf(after);
  if (to < from) return undefined;
  const middles = text.slice(from, to).split(between);
  // One with a line end is something else, with the end of an event and the start of another in it.
  if (middles.some((middle) => middle.includes('\n'))) return undefined;
  return { start, end: to + after.length, run: { pattern, middles } };
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
