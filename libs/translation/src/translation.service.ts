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
import type { Clock } from './response/clock.js';
import type { EventEncoder, EventStreamOptions } from './response/event-stream.js';
import { EventStream } from './response/event-stream.js';
import { writeChatLine, writeGenerateLine } from './response/lines.js';
import { toNanoseconds } from './response/metrics.js';
import type { OllamaStreamOptions } from './response/ollama-stream.js';
import { OllamaStream } from './response/ollama-stream.js';
import type { EmbeddedBatch } from './embed/vectors.js';
import { normalise } from './embed/vectors.js';
import { writeEmbedAnswer, writeEmbeddingsAnswer } from './embed/write-vectors.js';
import { toOpenAiChatRequest } from './request/chat-request.js';
import { encodeContext } from './request/context.js';
import type { GenerateCall } from './request/generate-request.js';
import { toConversation, toGenerateCall } from './request/generate-request.js';
import { tokensOfLength } from '#primitives';

/** The model is added when the target is known. */
type WithoutModel<Request> = Omit<Request, 'model'>;

/** The upstream's response, and when it was requested (times by the service's clock). */
export type ResponseSource = Pick<
  OllamaStreamOptions,
  'contentType' | 'watchedStops' | 'toolNames' | 'openedBy' | 'received' | 'sent'
>;

/** The upstream's response, and how it is to be read. */
export type EventSource = Pick<
  EventStreamOptions,
  'contentType' | 'watchedStops' | 'toolNames' | 'openedBy' | 'thinking' | 'isStreamed' | 'takenIds'
>;

/**
 * Ollama ⇄ OpenAI, endpoint by endpoint. Pure: the clock and the maker of ids are parameters.
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

  /** Turns the upstream's response to `chatRequest` into lines. */
  chatStream(request: OllamaChatRequest, source: ResponseSource): OllamaStream<OllamaChatResponse> {
    return new OllamaStream({ ...this.streamOptions(request, request.messages), ...source }, writeChatLine);
  }

  /** Turns the upstream's response to `generateRequest` into lines. */
  generateStream(request: OllamaGenerateRequest, source: ResponseSource): OllamaStream<OllamaGenerateResponse> {
    const conversation = toConversation(request);
    const context = (content: string): number[] | undefined =>
      request.raw ? undefined : encodeContext([...conversation, { role: 'assistant', content }]);
    return new OllamaStream({ ...this.streamOptions(request, conversation), ...source, context }, writeGenerateLine);
  }

  /** Turns the upstream's response to a chat request into the events, or the object, that `encoder` writes. */
  eventStream(encoder: EventEncoder, source: EventSource): EventStream {
    return new EventStream({ ...source, topLogprobs: 0, newId: this.newId }, encoder);
  }

  embedRequest(input: string[]): WithoutModel<OpenAiEmbeddingRequest> {
    return { input };
  }

  /**
   * The JSON of an OllamaEmbedResponse, in consecutive pieces. `batches` are in the order of the inputs; without inputs
   * there are no metrics (protocol W21).
   */
  embedAnswer(
    request: OllamaEmbedRequest,
    batches: readonly EmbeddedBatch[],
    received: number,
    sent: number,
  ): Uint8Array[] {
    const vectors = batches.flatMap((batch) =>
      batch.vectors.map((vector) => normalise(vector, request.dimensions > 0 ? request.dimensions : Infinity)),
    );
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

  /** The JSON of an OllamaEmbeddingsResponse, in consecutive pieces; the vector is not normalised (protocol W22). */
  embeddingsAnswer(batches: readonly EmbeddedBatch[]): Uint8Array[] {
    return writeEmbeddingsAnswer(batches[0]?.vectors[0] ?? []);
  }

  /** The reply to a request without content, which only loads or unloads the model (protocol W29). */
  loadedChat(request: OllamaChatRequest): OllamaChatResponse {
    return writeChatLine(request.model, this.clock.timestamp(), { done: { reason: loadReason(request) } });
  }

  loadedGenerate(request: OllamaGenerateRequest): OllamaGenerateResponse {
    return writeGenerateLine(request.model, this.clock.timestamp(), { done: { reason: loadReason(request) } });
  }

  private streamOptions(
    request: OllamaTextRequest,
    prompt: readonly { readonly content: string }[],
  ): Omit<OllamaStreamOptions, keyof ResponseSource> {
    const characters = prompt.reduce((sum, { content }) => sum + content.length, 0);
    return {
      model: request.model,
      clock: this.clock,
      newId: this.newId,
      thinking: request.think !== false,
      topLogprobs: request.top_logprobs,
      promptEstimate: tokensOfLength(characters),
    };
  }
}

function loadReason(request: OllamaTextRequest): 'load' | 'unload' {
  return request.keep_alive === 0 ? 'unload' : 'load';
}
