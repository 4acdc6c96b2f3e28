import type { JsonObject } from '../json.js';
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
export function toUsageBody({ promptTokens, completionTokens, reasoningTokens }: Usage): JsonObject {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}

function countMessage({ content, tool_calls: calls }: JsonObject): number {
  const words = countTokens(contentText(content)) + (Array.isArray(calls) ? countTokens(JSON.stringify(calls)) : 0);
  return TOKENS_PER_MESSAGE + words + TOKENS_PER_IMAGE * contentImages(content).length;
}
