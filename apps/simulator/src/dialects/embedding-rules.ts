import { badRequest } from '../http/refusal.js';
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
