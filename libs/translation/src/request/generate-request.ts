import type { OllamaGenerateRequest, OllamaMessage, OpenAiChatRequest, OpenAiCompletionRequest } from '#contracts';
import { BadRequestError } from '#errors';
import { toTextParameters } from './chat-request.js';
import { decodeContext } from './context.js';
import { toOpenAiMessages } from './conversation.js';
import { toSamplingParameters } from './options.js';
import { renderTemplate } from './prompt-template.js';
import { toResponseFormat } from './response-format.js';

/** Whether the request bypasses the chat template: `raw`, `suffix` or a template of the client (protocol W20). */
function isCompletion(request: OllamaGenerateRequest): boolean {
  return request.raw || request.suffix !== '' || request.template !== '';
}

/** @throws BadRequestError for `raw` with fields of a template (protocol W20), and for images in a text prompt */
export function checkGenerateRequest(request: OllamaGenerateRequest): void {
  if (request.raw && (request.template !== '' || request.system !== '' || request.context !== undefined)) {
    throw new BadRequestError('raw mode does not support template, system, or context');
  }
  if (isCompletion(request) && request.images.length > 0) {
    throw new BadRequestError('images are not supported together with raw, template or suffix');
  }
}

/** The conversation that a prompt continues, starting with its `context`. @throws BadRequestError for a foreign context */
export function toConversation(request: OllamaGenerateRequest): OllamaMessage[] {
  const earlier = request.context === undefined ? [] : decodeContext(request.context);
  const images = request.images.length > 0 ? { images: request.images } : {};
  const turns = [
    ...earlier.filter(({ role }) => role !== 'system'),
    { role: 'user', content: request.prompt, ...images },
  ];
  const system = request.system || earlier.find(({ role }) => role === 'system')?.content;
  return system ? [{ role: 'system', content: system }, ...turns] : turns;
}

/** /api/generate uses one of two endpoints of an upstream. */
export type GenerateCall =
  | { path: '/chat/completions'; body: Omit<OpenAiChatRequest, 'model'> }
  | { path: '/completions'; body: Omit<OpenAiCompletionRequest, 'model'> };

export function toGenerateCall(request: OllamaGenerateRequest, conversation: readonly OllamaMessage[]): GenerateCall {
  if (isCompletion(request)) return { path: '/completions', body: toCompletionRequest(request) };
  const messages = toOpenAiMessages(conversation, []);
  return { path: '/chat/completions', body: { messages, ...toTextParameters(request) } };
}

function toCompletionRequest(request: OllamaGenerateRequest): Omit<OpenAiCompletionRequest, 'model'> {
  const { prompt, system, suffix, template } = request;
  const rendered = template
    ? renderTemplate(template, { System: system, Prompt: prompt, Suffix: suffix, Response: '' })
    : prompt;
  const format = toResponseFormat(request.format);
  return {
    prompt: rendered,
    ...(suffix !== '' && template === '' && { suffix }),
    ...(request.stream && { stream: true, stream_options: { include_usage: true } }),
    ...toSamplingParameters(request.options),
    ...(format && { response_format: format }),
    ...(request.logprobs && { logprobs: Math.max(request.top_logprobs, 1) }),
  };
}
