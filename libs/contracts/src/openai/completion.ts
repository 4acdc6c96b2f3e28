import type { OpenAiResponseFormat, OpenAiTextParameters } from './chat.js';

/** POST /v1/completions: the raw and the fill-in-the-middle form of /api/generate. */
export interface OpenAiCompletionRequest extends OpenAiTextParameters {
  prompt: string;
  suffix?: string;
  logprobs?: number;
  response_format?: OpenAiResponseFormat;
}
