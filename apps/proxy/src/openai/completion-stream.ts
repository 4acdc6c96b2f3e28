import { toBuffer } from './to-buffer.js';

/** Bytes at the end of a stream in which its last events are looked for. */
const END_BYTES = 8192;

/** Of an event that begins before them, as much is kept; some upstreams repeat the whole answer in the last one. */
const MAX_EVENT_BYTES = 64 * 1024;

const LINE_FEED = 10;

const KEY = Buffer.from('"finish_reason"');

/** The key with its value, of which one character shows whether it is a text that is not empty. */
const MAX_PAIR_BYTES = 64;
const PAIR = /^"finish_reason"\s*:\s*(?:("[^"])|""|[^"\s])/;

/** One that is neither null nor empty (protocol D8). Within a text the quotes would be escaped. */
const FINISH_REASON = /"finish_reason"\s*:\s*"[^"]/;

/** No events follow `[DONE]`, nor an error in the upstream's own words. */
const LAST_EVENT = /[\r\n]data: *\[DONE\]|"error"\s*:\s*[{"]/;

/** How most streams end, and characters that have it. */
const USUAL_END = /[\r\n]data: ?\[DONE\]\s*$/;
const USUAL_END_LENGTH = 32;

/**
 * Watches the events of a chat or text completion that are forwarded unchanged (protocol D4). Its end is kept, and read once;
 * of what is dropped before, only the last finish reason is searched.
 */
export class CompletionStream {
  private bytes: Buffer = Buffer.alloc(0);
  private length = 0;
  /** Length from which on bytes are dropped. */
  private limit = 2 * END_BYTES;
  /** Of what was dropped, whether the last finish reason has a value. */
  private wasFinished = false;

  feed(batch: readonly Uint8Array[]): void {
    for (const chunk of batch) {
      if (this.length + chunk.length <= this.limit) this.append(chunk);
      else this.appendAndDrop(toBuffer(chunk));
    }
  }

  /** The last bytes, from the beginning of an event on unless that is too long. */
  get end(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /**
   * Whether the upstream completed the answer or failed it itself. Of several choices, the finish reason of one is enough if
   * it is the last one or near the end.
   */
  get isOver(): boolean {
    const { end } = this;
    const from = end.length - END_BYTES;
    // As if a line had ended before the first byte.
    const text = from > 0 ? end.toString('latin1', from - 1) : `\n${end.toString('latin1')}`;
    if (USUAL_END.test(text.slice(-USUAL_END_LENGTH))) return true;
    if (!isWholeLine(text)) return false;
    return FINISH_REASON.test(text) || LAST_EVENT.test(text) || (lastIsFinished(end) ?? this.wasFinished);
  }

  private appendAndDrop(chunk: Buffer): void {
    const start = beginningOfEnd(chunk);
    const isFinished = start > 0 ? lastIsFinished(chunk) : undefined;
    if (isFinished === undefined) {
      this.append(chunk);
      this.drop();
    } else {
      // A large chunk is not copied.
      this.wasFinished = isFinished;
      this.keep(chunk.subarray(start));
    }
    // At least as many bytes arrive as are kept before some are dropped again, so that the cost is linear.
    this.limit = 2 * Math.max(END_BYTES, this.length);
  }

  private drop(): void {
    const { end } = this;
    this.wasFinished = lastIsFinished(end) ?? this.wasFinished;
    const start = beginningOfEnd(end);
    const isTooLong = end.length - start > MAX_EVENT_BYTES;
    this.keep(Buffer.from(end.subarray(isTooLong ? -END_BYTES : start)));
  }

  private keep(bytes: Buffer): void {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  private append(bytes: Uint8Array): void {
    const length = this.length + bytes.length;
    if (length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.bytes.length));
      larger.set(this.end);
      this.bytes = larger;
    }
    this.bytes.set(bytes, this.length);
    this.length = length;
  }
}

/** Whether the last line is not broken off: it has its line break, or ends as an event's data does. */
function isWholeLine(text: string): boolean {
  const data = text.trimEnd();
  return /[\r\n]/.test(text.slice(data.length)) || data.endsWith('}') || data.endsWith('[DONE]');
}

/** Where the event begins that contains the first of the last END_BYTES; 0 if it is not in these bytes. */
function beginningOfEnd(bytes: Buffer): number {
  const at = bytes.length - END_BYTES;
  return at > 0 ? bytes.lastIndexOf(LINE_FEED, at - 1) + 1 : 0;
}

/** Whether the last finish reason has a value; undefined if there is none, or none that is complete. */
function lastIsFinished(bytes: Buffer): boolean | undefined {
  for (let at = bytes.lastIndexOf(KEY); at >= 0; at = at > 0 ? bytes.lastIndexOf(KEY, at - 1) : -1) {
    const pair = PAIR.exec(bytes.toString('latin1', at, at + MAX_PAIR_BYTES));
    if (pair) return pair[1] !== undefined;
  }
  return undefined;
}
