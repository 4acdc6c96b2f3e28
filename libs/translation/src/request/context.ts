import type { OllamaMessage } from '#contracts';
import { BadRequestError } from '#errors';

/** First integer of our contexts, with the version of the layout. Contexts of Ollama are token ids of a model. */
const MARK = 0x4f4c31;

/** Maximum size of the conversation in bytes; the oldest turns are dropped. In JSON it is about three times as large. */
const MAX_BYTES = 48 * 1024;

/** Integers stay below 2^24, which every client's integer type holds and JSON writes in eight digits at most. */
const BYTES_PER_INTEGER = 3;

/** Mark, number of bytes and checksum. */
const HEAD_LENGTH = 3;

const ROLES = ['system', 'user', 'assistant'];

/**
 * `context` of /api/generate: the conversation itself, so that any instance can continue it. Layout: mark, number of
 * bytes, checksum, then the UTF-8 bytes of `[[role, text], …]`, three per integer.
 */
export function encodeContext(conversation: readonly OllamaMessage[]): number[] {
  const utf8 = new TextEncoder();
  // A turn that is too long by itself is not encoded.
  const turns = conversation.map(({ role, content }) =>
    content.length > MAX_BYTES ? undefined : JSON.stringify([ROLES.indexOf(role), content]),
  );
  const first = conversation[0]?.role === 'system' ? 1 : 0;
  const sizes = turns.map((turn) => (turn === undefined ? MAX_BYTES : utf8.encode(turn).length));
  // The brackets, and a comma between two turns.
  let size = sizes.reduce((sum, length) => sum + length + 1, 1);
  let dropped = 0;
  while (size > MAX_BYTES && turns.length - dropped > first + 2) {
    for (const length of sizes.slice(first + dropped, first + dropped + 2)) size -= length + 1;
    dropped += 2;
  }
  turns.splice(first, dropped);
  if (size > MAX_BYTES) return encodeContext([]);
  const bytes = utf8.encode(`[${turns.join(',')}]`);
  const data: number[] = [MARK, bytes.length, checksum(bytes)];
  for (let at = 0; at < bytes.length; at += BYTES_PER_INTEGER) {
    data.push(((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0));
  }
  return data;
}

/** @throws BadRequestError for a foreign or damaged context */
export function decodeContext(context: readonly number[]): OllamaMessage[] {
  const [mark, length = -1, sum] = context;
  const count = context.length - HEAD_LENGTH;
  if (mark !== MARK || length < 0 || count !== Math.ceil(length / BYTES_PER_INTEGER)) throw unreadable();
  const bytes = new Uint8Array(count * BYTES_PER_INTEGER);
  for (let index = 0; index < count; index += 1) {
    const integer = context[HEAD_LENGTH + index] ?? -1;
    if (!(integer >= 0 && integer < 2 ** 24)) throw unreadable();
    const at = index * BYTES_PER_INTEGER;
    bytes[at] = integer >> 16;
    bytes[at + 1] = (integer >> 8) & 255;
    bytes[at + 2] = integer & 255;
  }
  const used = bytes.subarray(0, length);
  if (checksum(used) !== sum) throw unreadable();
  return readTurns(new TextDecoder().decode(used)).map(([role, content]) => ({ role: ROLES[role] ?? 'user', content }));
}

/** The checksum detects damage only; a forged context may contain anything. */
function readTurns(text: string): [number, string][] {
  let turns: unknown;
  try {
    turns = JSON.parse(text);
  } catch {
    throw unreadable();
  }
  if (!Array.isArray(turns) || !turns.every(isTurn)) throw unreadable();
  return turns;
}

function isTurn(turn: unknown): turn is [number, string] {
  return Array.isArray(turn) && typeof turn[0] === 'number' && typeof turn[1] === 'string';
}

function unreadable(): BadRequestError {
  return new BadRequestError(
    'invalid context: it was not made by this server or is damaged; leave it out to start a new conversation',
  );
}

/** FNV-1a, folded to 24 bits; against damage, not forgery (a client may send any conversation anyway). */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return (hash >>> 24) ^ (hash & 0xffffff);
}
