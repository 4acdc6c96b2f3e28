import type {
  OllamaChatRequest,
  OllamaChatResponse,
  OllamaGenerateRequest,
  OllamaGenerateResponse,
  OllamaTextRequest,
  OpenAiChatRequest,
  OpenAiCompletionRequest,
} from '#contracts';
import type { Clock } from './answer/clock.js';
import type { LineWriter } from './answer/lines.js';
import { writeChatLine, writeGenerateLine } from './answer/lines.js';
import { OllamaAnswer } from './answer/ollama-answer.js';
import { toOpenAiChatRequest } from './request/chat-request.js';
import {
  isCompletion,
  toCompletionRequest,
  toConversation,
  toGenerateChatRequest,
} from './request/generate-request.js';

/** A request of /api/generate goes to one of two endpoints. */
export type GenerateCall =
  { path: '/chat/completions'; body: OpenAiChatRequest } | { path: '/completions'; body: OpenAiCompletionRequest };

/** Characters a token stands for, roughly; used only where a backend counts nothing. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Ollama ⇄ OpenAI. Pure: the clock and the maker of ids are handed in. What Ollama sends of both
 * directions, endpoint by endpoint, is here; how it is done is in the folders beside.
 */
export class TranslationService {
  constructor(
    private readonly clock: Clock,
    private readonly newId: () => string,
  ) {}

  chatRequest(request: OllamaChatRequest, model: string): OpenAiChatRequest {
    return toOpenAiChatRequest(request, model);
  }

  generateRequest(request: OllamaGenerateRequest, model: string): GenerateCall {
    if (isCompletion(request)) return { path: '/completions', body: toCompletionRequest(request, model) };
    return { path: '/chat/completions', body: toGenerateChatRequest(request, model, toConversation(request)) };
  }

  /** `received` is when the request came in, by the same clock. */
  chatAnswer(request: OllamaChatRequest, received: number): OllamaAnswer<OllamaChatResponse> {
    const characters = request.messages.reduce((sum, { content }) => sum + content.length, 0);
    return this.answer(request, received, characters, writeChatLine);
  }

  generateAnswer(request: OllamaGenerateRequest, received: number): OllamaAnswer<OllamaGenerateResponse> {
    return this.answer(request, received, request.prompt.length + request.system.length, writeGenerateLine);
  }

  /** The answer to a request without content, which only loads or unloads (contract §2.1). */
  loadedChat(request: OllamaChatRequest): OllamaChatResponse {
    return writeChatLine(request.model, this.clock.timestamp(), { done: { reason: loadReason(request) } });
  }

  loadedGenerate(request: OllamaGenerateRequest): OllamaGenerateResponse {
    return writeGenerateLine(request.model, this.clock.timestamp(), { done: { reason: loadReason(request) } });
  }

  private answer<Line>(
    request: OllamaTextRequest,
    received: number,
    characters: number,
    write: LineWriter<Line>,
  ): OllamaAnswer<Line> {
    return new OllamaAnswer(
      {
        model: request.model,
        clock: this.clock,
        received,
        newId: this.newId,
        thinking: request.think !== false,
        topLogprobs: request.top_logprobs,
        promptEstimate: Math.ceil(characters / CHARACTERS_PER_TOKEN),
      },
      write,
    );
  }
}

function loadReason(request: OllamaTextRequest): 'load' | 'unload' {
  return request.keep_alive === 0 ? 'unload' : 'load';
}
