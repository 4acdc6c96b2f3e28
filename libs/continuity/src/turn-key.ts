import { createHash } from 'node:crypto';
import type { OpenAiMessage, Turn } from '#contracts';

/** What is nested deeper than this does not count for the key. */
const MAX_DEPTH = 64;

/** A place in a conversation: what the user wrote last, and how many turns with calls have followed it. */
export class Place {
  private text = '';
  private digest: string | undefined;
  private turns = 0;

  /** The place behind all of `messages`. */
  static after(messages: readonly OpenAiMessage[]): Place {
    const place = new Place();
    for (const message of messages) place.pass(message);
    return place;
  }

  /** Moves behind the next message. */
  pass(message: OpenAiMessage): void {
    if (message.role === 'user') {
      this.text = textOf(message).trim();
      this.digest = undefined;
      this.turns = 0;
    } else if (message.tool_calls) this.turns += 1;
  }

  get key(): string {
    this.digest ??= hash(this.text);
    return `${this.digest} ${String(this.turns)}`;
  }
}

/**
 * The two keys of a turn, the more exact first. Clients return the calls of a turn, but not always its text or its ids, nor
 * the order of the arguments' keys. The first key has the turn's place in the conversation, which differs for equal calls
 * of one loop; the second one has its text, for clients that change earlier messages.
 * @param scope the caller: turns of different callers never share a key
 */
export function turnKeysOf(
  scope: string,
  place: Place,
  { text, calls }: Turn,
): readonly [exact: string, rough: string] {
  const called = calls.map((call) => [call.name, canonical(call.arguments, 0)]);
  return [hash(['place', scope, place.key, called]), hash(['text', scope, text.trim(), called])];
}

/** The text of a message; of a list of parts, that of its text parts. */
export function textOf({ content }: OpenAiMessage): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return 'deep';
  if (Array.isArray(value)) return value.map((each) => canonical(each, depth + 1));
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, canonical(each, depth + 1)]));
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
