import type { OllamaEmbeddingsResponse, OllamaEmbedResponse } from '#contracts';
import { writeAroundValue } from '#json-bytes';
import type { Vector } from './vectors.js';
import { toJson } from './vectors.js';

const encoder = new TextEncoder();
const OPENING_BRACKET = encoder.encode('[');
const COMMA = encoder.encode(',');
const CLOSING_BRACKET = encoder.encode(']');

/**
 * The JSON of a response with vectors, in pieces that follow one another; vectors that are bytes are not copied.
 * @param empty the response without its vectors
 */
export function writeEmbedAnswer(empty: OllamaEmbedResponse, vectors: readonly Vector[]): Uint8Array[] {
  const list = vectors.flatMap((vector) => [COMMA, toJson(vector)]).slice(1);
  return writeAroundValue(empty, 'embeddings', [OPENING_BRACKET, ...list, CLOSING_BRACKET]);
}

/** The same for a single vector. */
export function writeEmbeddingsAnswer(vector: Vector): Uint8Array[] {
  const empty: OllamaEmbeddingsResponse = { embedding: [] };
  return writeAroundValue(empty, 'embedding', [toJson(vector)]);
}
