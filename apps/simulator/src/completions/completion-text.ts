import type { Script } from '../scripts/script.js';
import { between, createRandom, digest, seedOf } from '../text/random.js';
import { tokenize } from '../text/tokens.js';
import { hugePieces, salad, tokensOfLength } from '../text/word-salad.js';

interface CompletionInput {
  prompt: string;
  suffix: string | undefined;
  script: Script;
  seed: number;
}

/** The tokens that continue a prompt. */
export function makeCompletion({ prompt, suffix, script, seed }: CompletionInput): string[] {
  if (script.text !== undefined) return tokenize(script.text);
  const random = createRandom(seedOf(digest([seed, prompt, suffix])));
  if (script.hugeBytes !== undefined) return hugePieces(script.hugeBytes, random);
  const before = suffix === undefined || suffix === '' ? '' : ` This goes before: ${suffix}`;
  const opening = `After ${prompt.length} characters 🙂: ${prompt.slice(0, 4000)}${before}`;
  if (script.tokens !== undefined) return tokensOfLength(opening, script.tokens, random);
  return tokenize(`${opening} ${salad(between(2, 5, random), random)}`);
}
