/** Characters of a token in English text, the rule of thumb that OpenAI gives for its tokenizers. */
const CHARACTERS_PER_TOKEN = 4;

/** Estimates the tokens of a text from its length. */
export function tokensOfLength(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
