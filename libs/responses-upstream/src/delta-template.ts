import { isRecord, parseJson } from '#primitives';

type Fields = Record<string, unknown>;

/** An upstream whose events all differ in something else costs this many attempts, not one for each event. */
const MAX_VAIN_TEMPLATES = 8;

/** Characters that are escaped, or not allowed, inside a JSON string. */
const NEEDS_DECODING = /[\\\u0000-\u001f]/;

/** Fields in which the deltas of one item differ: the text, a number, and padding. */
const VARYING = /"(delta|obfuscation)"\s*:\s*"|"(sequence_number)"\s*:\s*(?=\d)/g;

type Varying = 'delta' | 'obfuscation' | 'sequence_number';

/** The constant JSON before a part that varies. */
interface Piece {
  readonly constant: string;
  readonly varying: Varying;
}

interface Template {
  readonly name: string;
  /** The event without its text. */
  readonly event: Fields;
  readonly pieces: readonly Piece[];
  /** Behind the last part that varies. */
  readonly end: string;
}

/**
 * The fast path for most events of a stream: deltas that differ from a parsed one in their text, their number and their
 * padding alone. Their text is read without a parse; every other event is parsed, with the same result
 * (delta-template.spec.ts).
 */
export class DeltaTemplate {
  private template: Template | undefined;
  private vain = 0;

  /** The event that the texts of `textOf` belong to, with another text, and its name. */
  eventWith(delta: string): { readonly name: string; readonly event: Fields } {
    return { name: this.template?.name ?? '', event: { ...this.template?.event, delta } };
  }

  /** The text of an event that matches; undefined when the event has to be parsed. */
  textOf(name: string, data: string): string | undefined {
    const { template } = this;
    if (template?.name !== name) return undefined;
    let at = 0;
    let text: string | undefined;
    for (const { constant, varying } of template.pieces) {
      const start = at + constant.length;
      // Comparing slices is several times faster than startsWith.
      if (data.slice(at, start) !== constant) return undefined;
      at = varying === 'sequence_number' ? endOfNumber(data, start) : endOfString(data, start);
      if (at < start) return undefined;
      if (varying === 'delta') text = decode(data.slice(start, at));
      else if (varying === 'obfuscation' && NEEDS_DECODING.test(data.slice(start, at))) return undefined;
    }
    if (data.slice(at) !== template.end) return undefined;
    if (text !== undefined) this.vain = 0;
    return text;
  }

  /** Takes the template from an event that was parsed, if it is a delta. */
  learn(name: string, data: string, event: Fields): void {
    if (typeof event.delta !== 'string' || hasLogprobs(event) || this.vain >= MAX_VAIN_TEMPLATES) return;
    const template = toTemplate(name, data, event);
    if (!template) return;
    this.vain += 1;
    this.template = template;
  }
}

function hasLogprobs({ logprobs }: Fields): boolean {
  return Array.isArray(logprobs) && logprobs.length > 0;
}

/** Undefined where something else than the three fields varies with them, or a field is there twice. */
function toTemplate(name: string, data: string, event: Fields): Template | undefined {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of data.matchAll(VARYING)) {
    const varying = (match[1] ?? match[2]) as Varying;
    const start = match.index + match[0].length;
    if (match.index < at || pieces.some((piece) => piece.varying === varying)) return undefined;
    pieces.push({ constant: data.slice(at, start), varying });
    at = varying === 'sequence_number' ? endOfNumber(data, start) : endOfString(data, start);
    if (at < start) return undefined;
  }
  const end = data.slice(at);
  if (!pieces.some(({ varying }) => varying === 'delta')) return undefined;
  const probe = parseJson(pieces.map(({ constant, varying }) => constant + PROBES[varying]).join('') + end);
  if (!isRecord(probe) || probe.delta !== PROBES.delta) return undefined;
  return { name, event, pieces, end };
}

const PROBES: Readonly<Record<Varying, string>> = { delta: 'probe', obfuscation: 'probe', sequence_number: '7' };

function endOfNumber(data: string, start: number): number {
  let at = start;
  while (isDigit(data.charCodeAt(at))) at += 1;
  return at > start ? at : -1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** The position of the quote that ends a string; -1 if there is none. */
function endOfString(data: string, start: number): number {
  let at = data.indexOf('"', start);
  while (at > start && isEscaped(data, at, start)) at = data.indexOf('"', at + 1);
  return at;
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(data: string, quote: number, start: number): boolean {
  let at = quote;
  while (at > start && data.charCodeAt(at - 1) === 92) at -= 1;
  return (quote - at) % 2 === 1;
}

/** The text without JSON escapes; undefined when `escaped` is not the inside of a JSON string. */
function decode(escaped: string): string | undefined {
  if (!NEEDS_DECODING.test(escaped)) return escaped;
  const text = parseJson(`"${escaped}"`);
  return typeof text === 'string' ? text : undefined;
}
