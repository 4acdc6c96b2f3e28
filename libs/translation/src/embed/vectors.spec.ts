import { describe, expect, it } from 'vitest';
import { TranslationError } from '#errors';
import { normalise, readEmbeddings, toJson } from './vectors.js';
import { writeEmbedAnswer } from './write-vectors.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (...pieces: Uint8Array[]): string => pieces.map((piece) => new TextDecoder().decode(piece)).join('');
const slowly = (): never => {
  throw new Error('the slow way');
};
const answer = (...vectors: string[]): string =>
  JSON.stringify({
    data: vectors.map((_vector, index) => ({ object: 'embedding', index, embedding: [index] })),
  }).replace(/\[(\d+)\]/g, (_all, index: string) => vectors[Number(index)] ?? '');

describe('vectors of an answer', () => {
  it('stay the bytes they are, with their length', () => {
    const { vectors } = readEmbeddings([bytes(answer('[0.60,-8.0e-1]', '[0,-1]'))], 2, slowly);
    expect(vectors.map((vector) => textOf(toJson(vector)))).toEqual(['[0.60,-8.0e-1]', '[0,-1]']);
    expect(vectors[0]).toMatchObject({ length: 2, squares: expect.closeTo(1, 8) });
  });

  it.each(['[1]5', '[1].5', '[1]e5'])('are no JSON with %s', (list) => {
    expect(() => readEmbeddings([bytes(answer('[1]', list))], 2, slowly)).toThrow('the slow way');
  });

  it.each([
    ['"!!no base64"', 'upstream error: an embedding is not base64'],
    ['[]', 'upstream error: an embedding is missing'],
    ['""', 'upstream error: an embedding is missing'],
  ])('are rejected if the upstream sends %s', (embedding, text) => {
    const parse = (parts: readonly Uint8Array[]): unknown => JSON.parse(textOf(...parts));
    const sent = [bytes(`{"data":[{"embedding":${embedding}}]}`)];
    expect(() => readEmbeddings(sent, 1, parse)).toThrow(new TranslationError(text));
  });

  it('lose the space between numbers', () => {
    const pretty = JSON.stringify(JSON.parse(answer('[0.5,1]', '[2]')), undefined, 2);
    const { vectors } = readEmbeddings([bytes(pretty)], 2, slowly);
    expect(vectors.map((vector) => textOf(toJson(vector)))).toEqual(['[0.5,1]', '[2]']);
  });

  it.each([1, 2, 3, 7, 50, 55, 60, 100])('are found in pieces of %i bytes', (size) => {
    const whole = bytes(answer('[0.25,0.5]', '[1]', '[3,4]'));
    const parts = Array.from({ length: Math.ceil(whole.length / size) }, (_, turn) =>
      whole.subarray(turn * size, (turn + 1) * size),
    );
    const { vectors } = readEmbeddings(parts, 3, slowly);
    expect(vectors.map((vector) => textOf(toJson(vector)))).toEqual(['[0.25,0.5]', '[1]', '[3,4]']);
  });

  it('stand where they belong, and in their order where the indexes make no sense', () => {
    const read = (...indexes: (number | null)[]): string[] => {
      const data = indexes.map((index, position) => ({ index, embedding: [position] }));
      const { vectors } = readEmbeddings([bytes(JSON.stringify({ data }))], indexes.length, slowly);
      return vectors.map((vector) => textOf(toJson(vector)));
    };
    expect(read(2, 0, 1)).toEqual(['[1]', '[2]', '[0]']);
    expect(read(null, null)).toEqual(['[0]', '[1]']);
    expect(read(0, 0, 0)).toEqual(['[0]', '[1]', '[2]']);
    expect(read(1, 2)).toEqual(['[0]', '[1]']);
  });
});

describe('unit length', () => {
  const [long, unit] = readEmbeddings([bytes(answer('[3,4]', '[0.6,0.8]'))], 2, slowly).vectors;

  it('is given to what does not have it', () => {
    expect(normalise(long!)).toEqual([0.6, 0.8]);
    expect(normalise([3, 4])).toEqual([0.6, 0.8]);
    expect(normalise(unit!, 1)).toEqual([1]);
  });

  it('that is there already leaves the bytes alone', () => {
    expect(normalise(unit!)).toBe(unit);
    expect(normalise(unit!, 2)).toBe(unit);
    expect(normalise([0, 0])).toEqual([0, 0]);
  });
});

describe('an answer with vectors', () => {
  it('is the JSON of the object, whatever the model is called', () => {
    const model = 'a"embeddings":[]';
    expect(JSON.parse(textOf(...writeEmbedAnswer({ model, embeddings: [], load_duration: 1 }, [[1, 2], [3]])))).toEqual(
      {
        model,
        embeddings: [[1, 2], [3]],
        load_duration: 1,
      },
    );
    expect(textOf(...writeEmbedAnswer({ model: 'm', embeddings: [] }, []))).toBe('{"model":"m","embeddings":[]}');
  });
});
