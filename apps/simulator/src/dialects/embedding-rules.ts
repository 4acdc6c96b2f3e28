import { badRequest, Refusal } from '../http/refusal.js';
import { countTokens } from '../text/tokens.js';
import type { Rule } from './dialect.js';

const MOST_INPUTS = 2048;

/** Inputs must be there, must not be empty, and must not be too many. */
export const embeddingInputStrict: Rule = ({ input }) => {
  const inputs: unknown[] = Array.isArray(input) ? input : [input];
  if (inputs.length === 0 || inputs.some((entry) => entry === '')) {
    return badRequest("Invalid 'input': input cannot be an empty string or an empty list.", 'input');
  }
  if (inputs.length <= MOST_INPUTS) return undefined;
  return badRequest(`Invalid 'input': array too long. Expected an array with maximum length ${MOST_INPUTS}.`, 'input');
};

/** Most inputs of one request, in the words of Text Embeddings Inference. */
export function batchAtMost(limit: number): Rule {
  return ({ input }) =>
    Array.isArray(input) && input.length > limit
      ? new Refusal(422, `batch size ${input.length} > maximum allowed batch size ${limit}`)
      : undefined;
}

/** Most tokens of each input, as above. */
export function inputAtMost(limit: number): Rule {
  return ({ input }) => {
    const longest = Math.max(...textsOf(input).map(countTokens), 0);
    return longest > limit
      ? new Refusal(413, `\`inputs\` must have less than ${limit} tokens. Given: ${longest}`)
      : undefined;
  };
}

/** Most tokens over all inputs. */
export function tokensAtMost(limit: number): Rule {
  return ({ input }) => {
    const total = textsOf(input).reduce((sum, text) => sum + countTokens(text), 0);
    return total > limit ? badRequest(`Requested ${total} tokens, max ${limit} tokens per request`) : undefined;
  };
}

function textsOf(input: unknown): string[] {
  return (Array.isArray(input) ? (input as unknown[]) : [input]).filter((text) => typeof text === 'string');
}
