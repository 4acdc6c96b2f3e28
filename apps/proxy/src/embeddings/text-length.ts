/**
 * Pieces of text that are about a token each in the vocabularies of embedding models: up to six ASCII letters, three letters
 * of another alphabet, three digits, or one other character. White space belongs to what follows it.
 */
const PIECE =
  /[A-Za-z]{1,6}|[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}]{1,3}|\d{1,3}|[^\s\d]/gu;

export function estimatedTokens(text: string): number {
  return [...text.matchAll(PIECE)].length;
}

/** Whether a text has at least `tokens` estimated tokens. */
export function hasTokens(text: string, tokens: number): boolean {
  // Each of them has at least one character.
  if (text.length < tokens) return false;
  let count = 0;
  for (const _piece of text.matchAll(PIECE)) {
    count += 1;
    if (count >= tokens) return true;
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
