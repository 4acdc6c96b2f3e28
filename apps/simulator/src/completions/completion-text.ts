import type { Script } from '../scripts/script.js';
import { between, createRandom, digest, seedOf } from '../text/random.js';
import { tokenize } from '../text/tokens.js';
import type { Language } from '../text/word-salad.js';
import { hugePieces, salad, tokensOfLength, withNotice } from '../text/word-salad.js';

interface CompletionInput {
  prompt: string;
  suffix: string | undefined;
  script: Script;
  seed: number;
  language: Language;
}

/** The tokens that continue a prompt. */
export function makeCompletion({ prompt, suffix, script, seed, language }: CompletionInput): string[] {
  if (script.text !== undefined) return tokenize(script.text);
  const random = createRandom(seedOf(digest([seed, prompt, suffix])));
  if (script.hugeBytes !== undefined) return hugePieces(script.hugeBytes, random, language);
  const before = suffix === undefined || suffix === '' ? '' : ` This goes before: ${suffix}`;
  const opening = withNotice(`After ${prompt.length} characters 🙂: ${prompt.slice(0, 4000)}${before}`, language);
  if (script.tokens !== undefined) return tokensOfLength(opening, script.tokens, random, language);
  return tokenize(`${opening} ${salad(between(2, 5, random), random, language)}`);
}
