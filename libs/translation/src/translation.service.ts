import type {
  OllamaChatRequest,
  OllamaChatResponse,
  OllamaEmbedRequest,
  OllamaEmbedResponse,
  OllamaGenerateRequest,
  OllamaGenerateResponse,
  OllamaTextRequest,
  OpenAiChatRequest,
  OpenAiEmbeddingRequest,
} from '#contracts';
import type { Clock } from './answer/clock.js';
import type { LineWriter } from './answer/lines.js';
import { writeChatLine, writeGenerateLine } from './answer/lines.js';
import { toNanoseconds } from './answer/metrics.js';
import { OllamaAnswer } from './answer/ollama-answer.js';
import type { EmbeddedBatch } from './embed/vectors.js';
import { normalise } from './embed/vectors.js';
import { writeEmbedAnswer, writeEmbeddingsAnswer } from './embed/write-vectors.js';
import { toOpenAiChatRequest } from './request/chat-request.js';
import { encodeContext } from './request/context.js';
import type { GenerateCall } from './request/generate-request.js';
import { toConversation, toGenerateCall } from './request/generate-request.js';

/** The backend's id is put in where the call's way is known. */
type WithoutModel<Request> = Omit<Request, 'model'>;

/** Characters a token stands for, roughly; used only where a backend counts nothing. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Ollama ⇄ OpenAI, endpoint by endpoint; how it is done is in the folders beside. Pure: the clock and the maker of ids
 * are handed in.
 */
export class TranslationService {
  constructor(
    private readonly clock: Clock,
    private readonly newId: () => string,
  ) {}

  chatRequest(request: OllamaChatRequest): WithoutModel<OpenAiChatRequest> {
    return toOpenAiChatRequest(request);
  }

  /** @throws BadRequestError for a context or a template that cannot be read */
  generateRequest(request: OllamaGenerateRequest): GenerateCall {
    return toGenerateCall(request, toConversation(request));
  }

  /** `received` is when the request came in, by the same clock. */
  chatAnswer(request: OllamaChatRequest, received: number): OllamaAnswer<OllamaChatResponse> {
    const characters = request.messages.reduce((sum, { content }) => sum + content.length, 0);
    return this.answer(request, received, characters, writeChatLine);
  }

  generateAnswer(request: OllamaGenerateRequest, received: number): OllamaAnswer<OllamaGenerateResponse> {
    const conversation = toConversation(request);
    const characters = conversation.reduce((sum, { content }) => sum + content.length, 0);
    return this.answer(request, received, characters, writeGenerateLine, (content) =>
      request.raw ? undefined : encodeContext([...conversation, { role: 'assistant', content }]),
    );
  }

  embedRequest(input: string[]): WithoutModel<OpenAiEmbeddingRequest> {
    return { input };
  }

  /**
   * JSON of OllamaEmbedResponse, in pieces that follow one another. `batches` in the order of the inputs; no inputs give
   * no metrics (contract §1.3).
   */
  embedAnswer(
    request: OllamaEmbedRequest,
    batches: readonly EmbeddedBatch[],
    received: number,
    sent: number,
  ): Uint8Array[] {
    const vectors = batches.flatMap((batch) => batch.vectors.map((vector) => normalise(vector, request.dimensions)));
    const empty: OllamaEmbedResponse = { model: request.model, embeddings: [] };
    if (batches.length === 0) return writeEmbedAnswer(empty, []);
    const tokens = batches.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
    const metrics = {
      total_duration: toNanoseconds(this.clock.now() - received),
      load_duration: toNanoseconds(sent - received),
      ...(tokens > 0 && { prompt_eval_count: tokens }),
    };
    return writeEmbedAnswer({ ...empty, ...metrics }, vectors);
  }

  /** JSON of OllamaEmbeddingsResponse, in the same way: the vector as the backend gives it (contract §1.4). */
  embeddingsAnswer(batches: readonly EmbeddedBatch[]): Uint8Array[] {
    return writeEmbeddingsAnswer(batches[0]?.vectors[0] ?? []);
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
    context?: (content: string) => number[] | undefined,
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
        ...(context && { context }),
      },
      write,
    );
  }
}

function loadReason(request: OllamaTextRequest): 'load' | 'unload' {
  return request.keep_alive === 0 ? 'unload' : 'load';
}
