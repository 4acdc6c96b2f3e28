import type { ExtractedBase64 } from '#contracts';

/**
 * Characters from which on a body is written in pieces: `JSON.stringify` grows one long text and copies it again and
 * again, which costs several times what its parts cost.
 */
const LONG = 32 * 1024;

/**
 * The JSON of a request: a text, or pieces of bytes where it is long or something has to be put back into it. Equal to
 * `JSON.stringify`, but for attachments in the place of what stands for them.
 */
export function toJsonBody(payload: object, attachments?: ExtractedBase64): string | Uint8Array[] {
  if (!attachments && weigh(payload, LONG) > 0) return JSON.stringify(payload);
  const pieces = new Pieces(attachments);
  pieces.write(payload);
  return pieces.all();
}

class Pieces {
  private readonly parts: Uint8Array[] = [];
  private text = '';

  constructor(private readonly attachments: ExtractedBase64 | undefined) {}

  write(value: unknown): void {
    if (weigh(value, LONG) > 0) this.add(JSON.stringify(value));
    else if (typeof value === 'string') this.writeText(value);
    else if (Array.isArray(value)) this.writeList(value);
    else this.writeObject(value as object);
  }

  /** One, or several with attachments: more megabytes outside of the heap make V8 collect it. */
  all(): Uint8Array[] {
    this.flush(true);
    return this.attachments ? this.parts : [Buffer.concat(this.parts)];
  }

  private writeList(list: readonly unknown[]): void {
    this.text += '[';
    for (const [index, item] of list.entries()) {
      if (index > 0) this.text += ',';
      this.write(item ?? null);
    }
    this.text += ']';
  }

  private writeObject(object: object): void {
    let separator = '{';
    for (const [key, value] of Object.entries(object)) {
      if (value === undefined) continue;
      this.text += `${separator}${JSON.stringify(key)}:`;
      separator = ',';
      this.write(value);
    }
    this.text += separator === '{' ? '{}' : '}';
  }

  /** In slices, none of which ends within a pair of surrogates. */
  private writeText(text: string): void {
    this.text += '"';
    for (let from = 0; from < text.length;) {
      let to = Math.min(from + LONG, text.length);
      if (isHighSurrogate(text.charCodeAt(to - 1))) to += 1;
      this.add(JSON.stringify(text.slice(from, to)).slice(1, -1));
      from = to;
    }
    this.text += '"';
  }

  private add(text: string): void {
    this.text += text;
    if (this.text.length >= LONG) this.flush();
  }

  /** Writes what is there, but for what may be the beginning of something that stands for a stretch. */
  private flush(isLast = false): void {
    const { text, attachments } = this;
    let kept = 0;
    // Looking for the mark is much quicker than for the pattern.
    if (attachments && text.includes(attachments.mark)) {
      for (const { 0: found, 1: place, index } of text.matchAll(attachments.pattern)) {
        const stretch = attachments.stretches[Number(place)];
        if (!stretch) continue;
        this.parts.push(Buffer.from(text.slice(kept, index)), stretch);
        kept = index + found.length;
      }
    }
    let end = isLast || !attachments ? text.length : Math.max(kept, text.length - attachments.placeLength);
    if (end > kept && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    this.parts.push(Buffer.from(text.slice(kept, end)));
    this.text = text.slice(end);
  }
}

/** What is left of `budget` characters after the texts within; no more than needed is looked at. */
function weigh(value: unknown, budget: number): number {
  if (typeof value === 'string') return budget - value.length;
  if (typeof value !== 'object' || value === null) return budget - 1;
  let left = budget - 1;
  for (const inner of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) {
    left = weigh(inner, left);
    if (left <= 0) break;
  }
  return left;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
