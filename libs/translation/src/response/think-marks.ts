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

export interface ClosedThinking {
  readonly thinking: string;
  readonly closing: string;
  readonly content: string;
}

/**
 * `thinking</think>content`, without an opening mark: some chat templates write that one into the prompt (protocol D73).
 * Undefined for any other text; a mark that is quoted is part of the text.
 */
export function splitClosedThinking(text: string): ClosedThinking | undefined {
  for (const [opening, closing] of Object.entries(THINK_MARKS)) {
    const end = text.indexOf(closing);
    if (end < 0 || text.lastIndexOf(opening, end) >= 0 || QUOTES.test(text.slice(0, end).slice(-1))) continue;
    return { thinking: text.slice(0, end), closing, content: text.slice(end + closing.length).trimStart() };
  }
  return undefined;
}
