/** The constant JSON around the one text in which most events of a stream differ. Neither part contains a line end. */
export interface EventTemplate {
  /** Ends with the quote that opens the text. */
  readonly prefix: string;
  /** Begins with the quote that closes the text. */
  readonly suffix: string;
}

/** Consecutive unnamed events, each with the data `prefix + text + suffix`. */
export interface EventRun {
  readonly template: EventTemplate;
  /** The texts with a line feed between two, JSON escapes included: each is the inside of exactly one JSON string. */
  readonly texts: string;
  /** How many of the texts are not empty. */
  readonly count: number;
}

interface FoundRun {
  /** Where the line behind the run begins. */
  readonly end: number;
  readonly run: EventRun;
}

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What follows a backslash in JSON (RFC 8259 §7). */
const ESCAPE = /^(?:["\\/bfnrt]|u[\da-f]{4})/i;
const MAX_ESCAPE_LENGTH = 5;

const encoder = new TextEncoder();

/** Finds runs of events of one template. README.md of this library has the invariants. */
export class RunFinder {
  private readonly before: DataView;
  private readonly after: DataView;

  /**
   * @param lineEnd of the stream
   * @param decode bytes in UTF-8
   */
  constructor(
    readonly template: EventTemplate,
    readonly lineEnd: '\n' | '\r\n',
    private readonly decode: (bytes: Uint8Array) => string,
  ) {
    this.before = encode(`data: ${template.prefix}`);
    this.after = encode(template.suffix + lineEnd + lineEnd);
  }

  /** The run that begins at `start`; undefined when there is none. @param lines complete ones */
  find(lines: DataView, start: number): FoundRun | undefined {
    const { before, after } = this;
    const places: number[] = [];
    let length = 0;
    let count = 0;
    let end = start;
    while (hasAt(lines, end, before)) {
      const from = end + before.byteLength;
      const to = endOfText(lines, from);
      if (to === -1 || !hasAt(lines, to, after)) break;
      places.push(from, to);
      length += to - from;
      if (to > from) count += 1;
      end = to + after.byteLength;
    }
    if (places.length === 0) return undefined;
    const texts = this.decode(joinTexts(lines, places, length));
    return { end, run: { template: this.template, texts, count } };
  }
}

function encode(text: string): DataView {
  return new DataView(encoder.encode(text).buffer);
}

/**
 * Compares eight bytes at a time, since a template has some two hundred and is compared for each token. As numbers they are
 * equal only if the bytes are: 0 and -0 consist of bytes that no JSON has. NaN never matches, so such an event is parsed.
 */
function hasAt(bytes: DataView, at: number, part: DataView): boolean {
  const { byteLength } = part;
  if (at + byteLength > bytes.byteLength) return false;
  let index = 0;
  for (; index + 8 <= byteLength; index += 8)
    if (bytes.getFloat64(at + index, true) !== part.getFloat64(index, true)) return false;
  for (; index < byteLength; index += 1) if (bytes.getUint8(at + index) !== part.getUint8(index)) return false;
  return true;
}

/** The position of the quote that ends a JSON string; -1 where there is none, or something that no string contains. */
function endOfText(bytes: DataView, start: number): number {
  const { byteLength } = bytes;
  let at = start;
  while (at < byteLength) {
    const byte = bytes.getUint8(at);
    if (byte === QUOTE) return at;
    if (byte < SPACE) return -1;
    const length = byte === BACKSLASH ? escapeLength(bytes, at) : 1;
    if (length === 0) return -1;
    at += length;
  }
  return -1;
}

/** Bytes of an escape with its backslash; 0 where it is none of JSON. */
function escapeLength(bytes: DataView, at: number): number {
  let escape = '';
  const end = Math.min(at + 1 + MAX_ESCAPE_LENGTH, bytes.byteLength);
  for (let index = at + 1; index < end; index += 1) escape += String.fromCharCode(bytes.getUint8(index));
  const [found] = ESCAPE.exec(escape) ?? [];
  return found === undefined ? 0 : 1 + found.length;
}

/** The texts at these places with a line feed between two: a character that is cut does not join the next text. */
function joinTexts(bytes: DataView, places: readonly number[], length: number): Uint8Array {
  // A view: Node decodes it several times faster than a short array of its own.
  if (places.length === 2) return new Uint8Array(bytes.buffer, bytes.byteOffset + (places[0] ?? 0), length);
  const joined = new Uint8Array(length + places.length / 2 - 1);
  let at = 0;
  for (let place = 0; place < places.length; place += 2) {
    if (place > 0) joined[at++] = LINE_FEED;
    const to = places[place + 1] ?? 0;
    for (let from = places[place] ?? 0; from < to; from += 1) joined[at++] = bytes.getUint8(from);
  }
  return joined;
}
