/** Splits text into word tokens that join to the same text; characters outside the BMP stay whole. */
export function tokenize(text: string): string[] {
  return text.match(/\s*\S{1,16}|\s+$/gu) ?? [];
}

export function countTokens(text: string): number {
  return tokenize(text).length;
}
