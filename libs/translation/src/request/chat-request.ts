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
  return {
    messages: toOpenAiMessages(request.messages, request.tools),
    ...(tools.length > 0 && { tools }),
    ...toTextParameters(request),
  };
}

/** The fields that chat and generate have in common. */
export function toTextParameters(request: OllamaTextRequest): Omit<OpenAiChatRequest, 'model' | 'messages'> {
  const format = toResponseFormat(request.format);
  return {
    ...(request.stream && { stream: true, stream_options: { include_usage: true } }),
    ...toSamplingParameters(request.options),
    ...(format && { response_format: format }),
    ...(request.think !== undefined && { reasoning_effort: toEffort(request.think) }),
    // At least one alternative is requested even if the client wants none (protocol W33).
    ...(request.logprobs && { logprobs: true, top_logprobs: Math.max(request.top_logprobs, 1) }),
  };
}

function toEffort(think: Think): string {
  if (think === true) return 'default';
  return think === false ? 'none' : think;
}
