import type { OllamaChatRequest, OllamaTextRequest, OpenAiChatRequest, Think } from '#contracts';
import { toOpenAiMessages } from './conversation.js';
import { toSamplingParameters } from './options.js';
import { toResponseFormat } from './response-format.js';
import { toOpenAiTools } from './tools.js';

/**
 * Ollama request → OpenAI request, in neutral words: `reasoning_effort` is a level, "none" for off or "default" for on;
 * the backend's dialect says how that is sent, if at all.
 */
export function toOpenAiChatRequest(request: OllamaChatRequest): Omit<OpenAiChatRequest, 'model'> {
  const tools = toOpenAiTools(request.tools);
  return {
    messages: toOpenAiMessages(request.messages, request.tools),
    ...(tools.length > 0 && { tools }),
    ...toTextParameters(request),
  };
}

/** What chat and generate send alike. */
export function toTextParameters(request: OllamaTextRequest): Omit<OpenAiChatRequest, 'model' | 'messages'> {
  const format = toResponseFormat(request.format);
  return {
    ...(request.stream && { stream: true, stream_options: { include_usage: true } }),
    ...toSamplingParameters(request.options),
    ...(format && { response_format: format }),
    ...(request.think !== undefined && { reasoning_effort: toEffort(request.think) }),
    // Alternatives are asked for one at a time even if the client wants none, as Ollama does (protocol W33).
    ...(request.logprobs && { logprobs: true, top_logprobs: Math.max(request.top_logprobs, 1) }),
  };
}

function toEffort(think: Think): string {
  if (think === true) return 'default';
  return think === false ? 'none' : think;
}
