import type { JsonObject } from '../json.js';
import type { Script } from '../scripts/script.js';
import { countTokens } from '../text/tokens.js';
import { contentImages, contentText } from './content.js';

export interface Usage {
  promptTokens: number;
  completionTokens: number;
  reasoningTokens: number;
}

const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_IMAGE = 64;

/** Tokens of a conversation: its words, and a fixed price for each message and each image. */
export function countPromptTokens(messages: JsonObject[]): number {
  return messages.reduce((sum, message) => sum + countMessage(message), 0);
}

/** Usage in OpenAI form. */
export function toUsageBody({ promptTokens, completionTokens, reasoningTokens }: Usage, script: Script): JsonObject {
  if (script.usage !== undefined) return oddUsage(script.usage);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}

/** Usage in which every count is the same odd value. JSON.stringify writes Infinity as null, so "1e999" is written raw. */
export function oddUsage(value: unknown): JsonObject {
  const count = value === '1e999' ? rawJson(value) : value;
  return {
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_tokens_details: { cached_tokens: count },
    completion_tokens_details: { reasoning_tokens: count },
  };
}

/** JSON.rawJSON, which the library of TypeScript does not declare yet. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

function countMessage({ content, tool_calls: calls }: JsonObject): number {
  const words = countTokens(contentText(content)) + (Array.isArray(calls) ? countTokens(JSON.stringify(calls)) : 0);
  return TOKENS_PER_MESSAGE + words + TOKENS_PER_IMAGE * contentImages(content).length;
}
