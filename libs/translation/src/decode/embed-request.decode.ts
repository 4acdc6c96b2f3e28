import type { OllamaEmbedRequest, OllamaEmbeddingsRequest } from '#contracts';
import { BadRequestError } from '#errors';
import { readKeepAlive } from './go-duration.js';
import type { Reader } from './go-fields.js';
import { readAnything, readBody, readBoolean, readInteger, readObject, readString } from './go-fields.js';

const sharedFields = { model: readString, keep_alive: readKeepAlive as Reader<number>, options: readObject() };

const embedFields = { ...sharedFields, input: readAnything, truncate: readBoolean, dimensions: readInteger };

const embeddingsFields = { ...sharedFields, prompt: readString };

/** POST /api/embed. @throws BadRequestError in Ollama's words */
export function decodeEmbedRequest(body: unknown): OllamaEmbedRequest {
  const given = readBody(body, 'EmbedRequest', embedFields);
  return {
    model: given.model ?? '',
    input: toInputs(given.input),
    truncate: given.truncate ?? true,
    options: given.options ?? {},
    ...(given.dimensions !== undefined && given.dimensions > 0 && { dimensions: given.dimensions }),
    ...(given.keep_alive !== undefined && { keep_alive: given.keep_alive }),
  };
}

/** POST /api/embeddings. @throws BadRequestError in Ollama's words */
export function decodeEmbeddingsRequest(body: unknown): OllamaEmbeddingsRequest {
  const given = readBody(body, 'EmbeddingRequest', embeddingsFields);
  return {
    model: given.model ?? '',
    prompt: given.prompt ?? '',
    options: given.options ?? {},
    ...(given.keep_alive !== undefined && { keep_alive: given.keep_alive }),
  };
}

/** A lone empty text means "nothing", an empty text in a list is an input (contract §1.3). */
function toInputs(input: unknown): string[] {
  if (input === undefined || input === '') return [];
  if (typeof input === 'string') return [input];
  if (Array.isArray(input) && input.every((each): each is string => typeof each === 'string')) return input;
  throw new BadRequestError('invalid input type');
}
