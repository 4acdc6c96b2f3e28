import type { OpenAiEmbeddingResponse } from '#contracts';
import { findErrorText, redact } from '#dialects';
import { BadRequestError, TranslationError, UpstreamError } from '#errors';
import type { NumberList } from '#json-bytes';
import { takeNumberLists } from '#json-bytes';
import { toCount } from '#primitives';

/** The bytes of the upstream's response where they need no change, numbers otherwise. */
export type Vector = NumberList | number[];

/** The vectors of one response, in the order of the inputs, and their tokens. */
export interface EmbeddedBatch {
  readonly vectors: Vector[];
  readonly promptTokens: number;
}

/** A vector whose squared length differs from 1 by less than this is passed on unchanged. */
const UNIT_TOLERANCE = 1e-5;

/**
 * Reads the response of an upstream, in pieces that follow one another. `parse` is called if its vectors cannot be taken
 * as bytes.
 * @throws TranslationError if it does not have one vector for each input; UpstreamError for an error in it; what `parse`
 * throws
 */
export function readEmbeddings(
  parts: readonly Uint8Array[],
  inputs: number,
  parse: (parts: readonly Uint8Array[]) => unknown,
): EmbeddedBatch {
  const taken = takeNumberLists(parts, 'embedding');
  if (!taken || !hasOnlyIndexes(taken.value)) return readBatch(parse(parts), inputs, toVector);
  return readBatch(taken.value, inputs, (index) => taken.lists[index as number] ?? []);
}

/** The only numbers under that key are the indexes that were put in. */
function hasOnlyIndexes(response: unknown): boolean {
  const { data } = response as OpenAiEmbeddingResponse;
  return Array.isArray(data) && data.every((entry) => typeof entry?.embedding === 'number');
}

/** Scales a vector to unit length, after a cut to `dimensions` (protocol W21). */
export function normalise(vector: Vector, dimensions = Infinity): Vector {
  const isCut = dimensions < vector.length;
  if (!Array.isArray(vector))
    return !isCut && isUnit(vector.squares) ? vector : normalise(toNumbers(vector), dimensions);
  const cut = isCut ? vector.slice(0, dimensions) : vector;
  const squares = cut.reduce((sum, value) => sum + value * value, 0);
  if (isUnit(squares)) return cut;
  const length = Math.sqrt(squares);
  return cut.map((value) => value / length);
}

/** The JSON of a vector. */
export function toJson(vector: Vector): Uint8Array {
  return Array.isArray(vector) ? new TextEncoder().encode(JSON.stringify(vector)) : vector.json;
}

function readBatch(answer: unknown, inputs: number, read: (embedding: unknown) => Vector): EmbeddedBatch {
  const { data, usage, error } = (answer ?? {}) as OpenAiEmbeddingResponse;
  if (error) throw new UpstreamError(redact(findErrorText({ error }) ?? 'upstream error'), { status: 502 });
  if (!Array.isArray(data) || data.length !== inputs) {
    throw new TranslationError(`upstream error: ${inputs} embeddings were requested, ${data?.length ?? 0} received`);
  }
  const places = placesOf(data);
  const vectors: Vector[] = [];
  for (const [position, entry] of data.entries()) {
    const vector = read(entry?.embedding);
    if (vector.length === 0) throw new TranslationError('upstream error: an embedding is missing');
    vectors[places[position] ?? position] = vector;
  }
  // Vectors that are still bytes were checked by the scanner.
  if (vectors.some((vector) => Array.isArray(vector) && !vector.every(Number.isFinite))) {
    throw new BadRequestError('embedding contains NaN or Inf values');
  }
  return { vectors, promptTokens: toCount(usage?.prompt_tokens) || toCount(usage?.total_tokens) };
}

/** The positions of the entries by `index`, or by order if the indexes have gaps: some gateways send 0 for each. */
function placesOf(data: readonly ({ index?: number | null } | null)[]): number[] {
  const indexes = data.map((entry, position) => entry?.index ?? position);
  return data.every((_entry, place) => indexes.includes(place)) ? indexes : [...data.keys()];
}

/** A vector of zeros cannot be scaled and counts as unit length. */
function isUnit(squares: number): boolean {
  return squares === 0 || Math.abs(squares - 1) < UNIT_TOLERANCE;
}

function toNumbers({ json }: NumberList): number[] {
  return JSON.parse(new TextDecoder().decode(json)) as number[];
}

function toVector(embedding: unknown): number[] {
  if (typeof embedding === 'string') return fromBase64(embedding);
  if (!Array.isArray(embedding)) throw new TranslationError('upstream error: an embedding is missing');
  // Some servers wrap the vector of a single token sequence once more.
  return (Array.isArray(embedding[0]) ? embedding[0] : embedding) as number[];
}

/** Decodes little-endian float32, or signed bytes if the floats are implausible (protocol D46). */
function fromBase64(text: string): number[] {
  const bytes = Uint8Array.from(decode(text), (character) => character.charCodeAt(0));
  if (bytes.length % 4 === 0) {
    const floats = [...new Float32Array(bytes.buffer)];
    if (floats.every(isPlausible)) return floats;
  }
  return [...new Int8Array(bytes.buffer)];
}

function decode(base64: string): string {
  try {
    return atob(base64);
  } catch {
    throw new TranslationError('upstream error: an embedding is not base64');
  }
}

/** Components of an embedding are within these magnitudes; bytes read as floats are not. */
function isPlausible(value: number): boolean {
  const size = Math.abs(value);
  return value === 0 || (size < 1e4 && size > 1e-15);
}
