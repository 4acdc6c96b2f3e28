/**
 * Pieces of text that are about a token each in the vocabularies of embedding models: up to six ASCII letters, three letters
 * of another alphabet, three digits, or one other character. White space belongs to what follows it.
 */
const PIECE =
  /[A-Za-z]{1,6}|[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}]{1,3}|\d{1,3}|[^\s\d]/gu;

export function estimatedTokens(text: string): number {
  return [...text.matchAll(PIECE)].length;
}

/** What has at least one token in every vocabulary: characters between white space, with a letter or a digit. */
const WORD = /[\p{L}\p{N}]\S*/gu;

/** Whether a text has more than `count` words, and so more tokens. */
export function hasMoreWords(text: string, count: number): boolean {
  // One character each, and one between two of them.
  if (text.length <= 2 * count) return false;
  let words = 0;
  for (const _word of text.matchAll(WORD)) {
    words += 1;
    if (words > count) return true;
  }
  return false;
}

/** The beginning of a text with at most `tokens` estimated tokens; never ends inside of a character. */
export function firstTokens(text: string, tokens: number): string {
  let count = 0;
  for (const { index, 0: piece } of text.matchAll(PIECE)) {
    count += 1;
    if (count >= tokens) return text.slice(0, index + piece.length);
  }
  return text;
}
