import type { OpenAiEmbeddingResponse } from '#contracts';
import { findErrorText, redact } from '#dialects';
import { BadRequestError, TranslationError, UpstreamError } from '#errors';

/** The vectors of one answer, in the order of the inputs, and what they cost. */
export interface EmbeddedBatch {
  readonly vectors: number[][];
  readonly promptTokens: number;
}

/** Squared length within this of 1 counts as a unit vector: it is passed on as it came. */
const UNIT_TOLERANCE = 1e-5;

/** @throws TranslationError when the answer does not hold one vector for each input; UpstreamError for an error in it */
export function readEmbeddings(answer: unknown, inputs: number): EmbeddedBatch {
  const { data, usage, error } = (answer ?? {}) as OpenAiEmbeddingResponse;
  if (error) throw new UpstreamError(redact(findErrorText({ error }) ?? 'upstream error'), { status: 502 });
  if (!Array.isArray(data) || data.length !== inputs) {
    throw new TranslationError(`upstream error: ${inputs} embeddings were asked for, ${data?.length ?? 0} came`);
  }
  const vectors: number[][] = [];
  for (const [position, { index, embedding }] of data.entries()) vectors[index ?? position] = toVector(embedding);
  if (vectors.some((vector) => !vector.every(Number.isFinite))) {
    throw new BadRequestError('embedding contains NaN or Inf values');
  }
  return { vectors, promptTokens: usage?.prompt_tokens ?? usage?.total_tokens ?? 0 };
}

/** Unit length, after cutting to `dimensions` if that is shorter: what /api/embed promises (contract §1.3). */
export function normalise(vector: number[], dimensions?: number): number[] {
  const cut = dimensions !== undefined && dimensions < vector.length ? vector.slice(0, dimensions) : vector;
  let squares = 0;
  for (const value of cut) squares += value * value;
  if (squares === 0 || Math.abs(squares - 1) < UNIT_TOLERANCE) return cut;
  const length = Math.sqrt(squares);
  return cut.map((value) => value / length);
}

function toVector(embedding: unknown): number[] {
  if (typeof embedding === 'string') return fromBase64(embedding);
  if (!Array.isArray(embedding)) throw new TranslationError('upstream error: an embedding is missing');
  // Some servers wrap the vector of a single token sequence once more.
  return (Array.isArray(embedding[0]) ? embedding[0] : embedding) as number[];
}

/** Little-endian float32, or signed bytes where the floats would make no sense (dialects §7.6). */
function fromBase64(text: string): number[] {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (bytes.length % 4 === 0) {
    const floats = [...new Float32Array(bytes.buffer)];
    if (floats.every(isPlausible)) return floats;
  }
  return [...new Int8Array(bytes.buffer)];
}

/** Components of an embedding are neither astronomic nor microscopic; bytes read as floats are. */
function isPlausible(value: number): boolean {
  const size = Math.abs(value);
  return value === 0 || (size < 1e4 && size > 1e-15);
}
