import { isRecord } from '#primitives';

/** JSON.stringify escapes the halves of surrogate pairs that are alone, and no other character from this range. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/;

/** Whether a text of the value has half of a surrogate pair, which is not Unicode. */
export function hasLoneSurrogates(value: object): boolean {
  return LONE_SURROGATE.test(JSON.stringify(value));
}

/** The value with U+FFFD in place of lone surrogates, as Go decodes them; the same object if it has none. */
export function withWellFormedTexts<T extends Readonly<Record<string, unknown>>>(value: T): T {
  return hasLoneSurrogates(value) ? (mend(value) as T) : value;
}

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function mend(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(mend);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [wellFormed(key), mend(each)]));
}
