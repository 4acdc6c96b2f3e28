import type { OpenAiMessage } from '#contracts';

/** Characters that an image or another medium counts as: about a thousand tokens. */
const MEDIUM_SIZE = 4000;

/** A text is not cut below this many characters. */
const MIN_CUT_LENGTH = 64;

/** Share of what is kept of a text that comes from its beginning. */
const BEGINNING = 0.25;

/** What was left out to make a conversation fit. */
export interface Shortening {
  readonly messages: number;
  readonly characters: number;
}

export const NOTHING_LEFT_OUT: Shortening = { messages: 0, characters: 0 };

/** Characters of a message as the model reads it, about. */
export function sizeOf(message: OpenAiMessage): number {
  const { content, tool_calls: calls } = message;
  const parts = Array.isArray(content) ? content : [];
  const text = typeof content === 'string' ? content.length : 0;
  const inParts = parts.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : MEDIUM_SIZE), 0);
  return text + inParts + (calls ? JSON.stringify(calls).length : 0);
}

/**
 * A conversation of at most `maxSize` characters, as far as that is possible. The oldest messages that are not of the
 * system are left out first, up to the user's last message; then the oldest of what follows it. A call is never left
 * without its results, nor the reverse. Where the remaining messages are still too long, the middle of the longest texts
 * is cut.
 */
export function withShorterHistory(
  messages: readonly OpenAiMessage[],
  maxSize: number,
): { messages: OpenAiMessage[]; leftOut: Shortening } {
  const units = toUnits(messages);
  let size = units.reduce((sum, unit) => sum + unit.size, 0);
  const lastUser = units.findLastIndex(({ role }) => role === 'user');
  const isDroppable = (at: number): boolean => !isSystem(units[at]?.role) && at !== lastUser && at !== units.length - 1;
  const dropped = new Set<number>();
  for (let at = 0; at < units.length && size > maxSize; at += 1) {
    if (!isDroppable(at)) continue;
    dropped.add(at);
    size -= units[at]?.size ?? 0;
  }
  // An answer whose question was left out, and an answer alone, would begin the conversation.
  for (let at = Math.max(-1, ...dropped) + 1; dropped.size > 0 && at < lastUser; at += 1) {
    const role = units[at]?.role;
    if (role === 'user') break;
    if (isDroppable(at)) dropped.add(at);
  }
  const kept = units.flatMap((unit, at) => (dropped.has(at) ? [] : unit.messages));
  const left = kept.reduce((sum, message) => sum + sizeOf(message), 0);
  const cut = left > maxSize ? cutTexts(kept, left - maxSize) : { messages: kept, characters: 0 };
  return {
    messages: cut.messages,
    leftOut: { messages: messages.length - kept.length, characters: cut.characters },
  };
}

/** A prompt of at most `maxSize` characters: its middle is left out. */
export function withShorterPrompt(prompt: string, maxSize: number): { prompt: string; leftOut: Shortening } {
  const cut = cutMiddle(prompt, maxSize);
  return { prompt: cut, leftOut: { messages: 0, characters: prompt.length - cut.length } };
}

interface Unit {
  readonly role: string;
  readonly messages: OpenAiMessage[];
  size: number;
}

/** Messages that can only be left out together: calls and their results. */
function toUnits(messages: readonly OpenAiMessage[]): Unit[] {
  const units: Unit[] = [];
  for (const message of messages) {
    const last = units.at(-1);
    if (message.role === 'tool' && last && (last.messages[0]?.tool_calls ?? last.role === 'tool')) {
      last.messages.push(message);
      last.size += sizeOf(message);
    } else units.push({ role: message.role, messages: [message], size: sizeOf(message) });
  }
  return units;
}

function isSystem(role: string | undefined): boolean {
  return role === 'system' || role === 'developer';
}

/** Cuts `excess` characters from the texts of users and tools, the longest first. */
function cutTexts(
  messages: readonly OpenAiMessage[],
  excess: number,
): { messages: OpenAiMessage[]; characters: number } {
  const result = [...messages];
  const order = result
    .map((message, at) => ({ at, message, length: textLengthOf(message) }))
    .filter(({ message: { role } }) => !isSystem(role))
    .sort((left, right) => right.length - left.length);
  let left = excess;
  for (const { at, message, length } of order) {
    if (left <= 0) break;
    const cut = withText(message, Math.max(MIN_CUT_LENGTH, length - left));
    left -= length - textLengthOf(cut);
    result[at] = cut;
  }
  return { messages: result, characters: excess - left };
}

function textLengthOf({ content }: OpenAiMessage): number {
  if (typeof content === 'string') return content.length;
  return (content ?? []).reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0);
}

function withText(message: OpenAiMessage, maxLength: number): OpenAiMessage {
  const { content } = message;
  if (typeof content === 'string') return { ...message, content: cutMiddle(content, maxLength) };
  if (!Array.isArray(content)) return message;
  let left = maxLength;
  const parts = content.map((part) => {
    if (part.type !== 'text') return part;
    const text = cutMiddle(part.text, left);
    left = Math.max(0, left - text.length);
    return { ...part, text };
  });
  return { ...message, content: parts };
}

/** Keeps more of the end than of the beginning; never cuts inside a surrogate pair. */
function cutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const beginning = Math.floor(maxLength * BEGINNING);
  const end = text.length - (maxLength - beginning);
  return (
    text.slice(0, isInPair(text, beginning) ? beginning - 1 : beginning) +
    text.slice(isInPair(text, end) ? end + 1 : end)
  );
}

/** Whether `at` is between the halves of a surrogate pair. */
function isInPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
