/** Opening mark → closing mark of thinking inside a text, by family of models. */
export const THINK_MARKS: Readonly<Record<string, string>> = {
  '<think>': '</think>',
  '<thinking>': '</thinking>',
  '<thought>': '</thought>',
  '[THINK]': '[/THINK]',
  '<seed:think>': '</seed:think>',
  '◁think▷': '◁/think▷',
};

/** In front of a mark that a text only mentions. */
const QUOTES = /[`'"“‘«]$/;

/** In front of a mark in the middle of a sentence. */
const MID_SENTENCE = /[\p{L}\p{N},;:][ \t]$/u;

/** After a mark that ends its line. */
const LINE_END = /^[ \t]*(?:\r?\n|$)/;

export interface ClosedThinking {
  readonly thinking: string;
  readonly closing: string;
  readonly content: string;
  /** The mark ends its line, as templates write it; elsewhere the text may only mention it. */
  readonly isLineEnd: boolean;
}

/**
 * `thinking</think>content`, without an opening mark: some chat templates write that one into the prompt (protocol D73).
 * Undefined for any other text; a mark that is quoted or in the middle of a sentence is part of the text.
 */
export function splitClosedThinking(text: string): ClosedThinking | undefined {
  for (const [opening, closing] of Object.entries(THINK_MARKS)) {
    const end = text.indexOf(closing);
    if (end < 0 || text.lastIndexOf(opening, end) >= 0) continue;
    const before = text.slice(Math.max(0, end - 2), end);
    if (QUOTES.test(before) || MID_SENTENCE.test(before)) continue;
    const rest = text.slice(end + closing.length);
    return { thinking: text.slice(0, end), closing, content: rest.trimStart(), isLineEnd: LINE_END.test(rest) };
  }
  return undefined;
}
