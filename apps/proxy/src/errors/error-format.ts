import { toAnthropicError, toAnthropicEvent } from './anthropic-error.js';
import { toOllamaError } from './ollama-error.js';
import { toOpenAiError, toOpenAiEvent } from './openai-error.js';
import type { ErrorResponse } from './error-response.js';

/** The Messages API, which shares /v1 with that of OpenAI. */
const MESSAGES = /^\/v1\/messages(\/|$)/;

/** A failure in the words of the API that the path belongs to. */
export function formatError(path: string, failure: unknown): ErrorResponse {
  if (MESSAGES.test(path)) return toAnthropicError(failure);
  if (path.startsWith('/v1/')) return toOpenAiError(failure);
  const told = toOllamaError(failure);
  return { ...told, body: JSON.stringify(told.body) };
}

/** The same for a stream of events below /v1 that failed after its beginning: its last event. */
export function formatStreamError(path: string, failure: unknown): string {
  return MESSAGES.test(path) ? toAnthropicEvent(failure) : toOpenAiEvent(failure);
}
