import type {
  OllamaChatRequest,
  OllamaCopyRequest,
  OllamaCreateRequest,
  OllamaEmbeddingsRequest,
  OllamaEmbedRequest,
  OllamaFormat,
  OllamaGenerateRequest,
  OllamaPullRequest,
  OllamaShowRequest,
  OllamaTextRequest,
} from '#contracts';
import {
  ChatRequest,
  CopyRequest,
  CreateRequest,
  DeleteRequest,
  EmbeddingsRequest,
  EmbedRequest,
  GenerateRequest,
  PullRequest,
  PushRequest,
  readBody,
  ShowRequest,
} from '#contracts';

/** POST /api/chat. @throws BadRequestError in Ollama's words */
export function decodeChatRequest(body: unknown): OllamaChatRequest {
  return withFormat(readBody(ChatRequest, body));
}

/** POST /api/generate. @throws BadRequestError in Ollama's words */
export function decodeGenerateRequest(body: unknown): OllamaGenerateRequest {
  return withFormat(readBody(GenerateRequest, body));
}

/** POST /api/embed. @throws BadRequestError in Ollama's words */
export function decodeEmbedRequest(body: unknown): OllamaEmbedRequest {
  return readBody(EmbedRequest, body);
}

/** POST /api/embeddings. @throws BadRequestError in Ollama's words */
export function decodeEmbeddingsRequest(body: unknown): OllamaEmbeddingsRequest {
  return readBody(EmbeddingsRequest, body);
}

/** POST /api/show. @throws BadRequestError in Ollama's words */
export function decodeShowRequest(body: unknown): OllamaShowRequest {
  return withName(readBody(ShowRequest, body));
}

/** POST /api/pull. @throws BadRequestError in Ollama's words */
export function decodePullRequest(body: unknown): OllamaPullRequest {
  return withName(readBody(PullRequest, body));
}

/** POST /api/create. @throws BadRequestError in Ollama's words */
export function decodeCreateRequest(body: unknown): OllamaCreateRequest {
  return withName(readBody(CreateRequest, body));
}

/** POST /api/copy. @throws BadRequestError in Ollama's words */
export function decodeCopyRequest(body: unknown): OllamaCopyRequest {
  return readBody(CopyRequest, body);
}

/** DELETE /api/delete. @returns the model's name. @throws BadRequestError in Ollama's words */
export function decodeDeleteRequest(body: unknown): string {
  return withName(readBody(DeleteRequest, body)).model;
}

/** POST /api/push. @returns the model's name. @throws BadRequestError in Ollama's words */
export function decodePushRequest(body: unknown): string {
  return withName(readBody(PushRequest, body)).model;
}

/** Some clients put `format` into the options, and n8n sends "default" for none (protocol C13). */
function withFormat<R extends OllamaTextRequest>(request: R): R {
  const format: unknown = request.format ?? request.options.format;
  const isNone = format === undefined || format === null || format === '' || format === 'default';
  // Anything else is checked when it is translated.
  if (!isNone) request.format = format as OllamaFormat;
  else if (request.format !== undefined) delete request.format;
  return request;
}

/** `name` is the older spelling of `model` (protocol C7). */
function withName<R extends { model: string; name: string }>({ name, ...request }: R): Omit<R, 'name'> {
  return { ...request, model: request.model || name };
}
