import type { JsonObject } from '../json.js';
import type { Usage } from './usage.js';

const PROMPT_MS_PER_TOKEN = 0.5;
const PREDICTED_MS_PER_TOKEN = 4;

/** Durations as llama.cpp reports them, made up from the token counts. */
export function toTimings({ promptTokens, completionTokens }: Usage): JsonObject {
  return {
    cache_n: 0,
    prompt_n: promptTokens,
    prompt_ms: promptTokens * PROMPT_MS_PER_TOKEN,
    prompt_per_token_ms: PROMPT_MS_PER_TOKEN,
    prompt_per_second: 1000 / PROMPT_MS_PER_TOKEN,
    predicted_n: completionTokens,
    predicted_ms: completionTokens * PREDICTED_MS_PER_TOKEN,
    predicted_per_token_ms: PREDICTED_MS_PER_TOKEN,
    predicted_per_second: 1000 / PREDICTED_MS_PER_TOKEN,
  };
}
