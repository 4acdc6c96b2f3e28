import type { OllamaChatRequest, OllamaTextRequest, OpenAiChatRequest, Think } from '#contracts';
import { toOpenAiMessages } from './conversation.js';
import { toSamplingParameters } from './options.js';
import { toResponseFormat } from './response-format.js';
import { toOpenAiTools } from './tools.js';

/**
 * Converts an Ollama request into a neutral OpenAI request: `reasoning_effort` is a level, "none" for off or "default" for
 * on. The dialect of the upstream determines how it is sent.
 */
export function toOpenAiChatRequest(request: OllamaChatRequest): Omit<OpenAiChatRequest, 'model'> {
  const tools = toOpenAiTools(request.tools);
  const messages = toOpenAiMessages(request.messages, request.tools);
  return tools.length > 0
    ? { messages, tools, ...toTextParameters(request) }
    : { messages, ...toTextParameters(request) };
}

/** The fields that chat and generate have in common. */
export function toTextParameters(request: OllamaTextRequest): Omit<OpenAiChatRequest, 'model' | 'messages'> {
  const format = toResponseFormat(request.format);
  const parameters: Partial<OpenAiChatRequest> = toSamplingParameters(request.options);
  if (request.stream) {
    parameters.stream = true;
    parameters.stream_options = { include_usage: true };
  }
  if (format) parameters.response_format = format;
  if (request.think !== undefined) parameters.reasoning_effort = toEffort(request.think);
  if (request.logprobs) {
    parameters.logprobs = true;
    // At least one alternative is requested even if the client wants none (protocol W33).
    parameters.top_logprobs = Math.max(request.top_logprobs, 1);
  }
  return parameters;
}

function toEffort(think: Think): string {
  if (think === true) return 'default';
  return think === false ? 'none' : think;
}
