import type { OllamaEmbeddingsResponse, OllamaEmbedResponse } from '#contracts';
import type { Vector } from './vectors.js';
import { toJson } from './vectors.js';

const encoder = new TextEncoder();
const OPENING_BRACKET = encoder.encode('[');
const COMMA = encoder.encode(',');
const CLOSING_BRACKET = encoder.encode(']');

/**
 * The JSON of an answer with vectors put in, as pieces that follow one another: vectors stay the bytes that they are.
 * @param empty the answer, with no vectors in it
 */
export function writeEmbedAnswer(empty: OllamaEmbedResponse, vectors: readonly Vector[]): Uint8Array[] {
  const list = vectors.flatMap((vector) => [COMMA, toJson(vector)]).slice(1);
  return fill(empty, 'embeddings', [OPENING_BRACKET, ...list, CLOSING_BRACKET]);
}

/** The same for one vector alone. */
export function writeEmbeddingsAnswer(vector: Vector): Uint8Array[] {
  const empty: OllamaEmbeddingsResponse = { embedding: [] };
  return fill(empty, 'embedding', [toJson(vector)]);
}

/** Puts pieces in the place of an empty list. In a text, the quotation marks around the key would be escaped. */
function fill(empty: object, key: string, pieces: readonly Uint8Array[]): Uint8Array[] {
  const [before = '', after = ''] = JSON.stringify(empty).split(`"${key}":[]`);
  return [encoder.encode(`${before}"${key}":`), ...pieces, encoder.encode(after)];
}
