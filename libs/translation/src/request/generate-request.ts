import type { OllamaGenerateRequest, OllamaMessage, OpenAiChatRequest, OpenAiCompletionRequest } from '#contracts';
import { BadRequestError } from '#errors';
import { toTextParameters } from './chat-request.js';
import { toOpenAiMessages } from './conversation.js';
import { toSamplingParameters } from './options.js';

/** A prompt without template goes to /v1/completions; everything else is a conversation of one turn (contract §2.2). */
export function isCompletion(request: OllamaGenerateRequest): boolean {
  return request.raw || request.suffix !== '';
}

/** @throws BadRequestError for `raw` together with what a template would need (contract §0) */
export function checkGenerateRequest(request: OllamaGenerateRequest): void {
  if (request.raw && (request.template !== '' || request.system !== '' || request.context !== undefined)) {
    throw new BadRequestError('raw mode does not support template, system, or context');
  }
}

/** The conversation that a prompt stands for, after `earlier` turns. */
export function toConversation(
  request: OllamaGenerateRequest,
  earlier: readonly OllamaMessage[] = [],
): OllamaMessage[] {
  const images = request.images.length > 0 ? { images: request.images } : {};
  const turns = [
    ...earlier.filter(({ role }) => role !== 'system'),
    { role: 'user', content: request.prompt, ...images },
  ];
  const system = request.system || earlier.find(({ role }) => role === 'system')?.content;
  return system ? [{ role: 'system', content: system }, ...turns] : turns;
}

export function toGenerateChatRequest(
  request: OllamaGenerateRequest,
  model: string,
  conversation: readonly OllamaMessage[],
): OpenAiChatRequest {
  return { model, messages: toOpenAiMessages(conversation, []), ...toTextParameters(request) };
}

export function toCompletionRequest(request: OllamaGenerateRequest, model: string): OpenAiCompletionRequest {
  return {
    model,
    prompt: request.prompt,
    ...(request.suffix !== '' && { suffix: request.suffix }),
    ...(request.stream && { stream: true, stream_options: { include_usage: true } }),
    ...toSamplingParameters(request.options),
    ...(request.logprobs && { logprobs: Math.max(request.top_logprobs, 1) }),
  };
}
