import { createRandom, digest, seedOf } from '../text/random.js';

/** A unit vector for a text; texts that share words lie closer together. */
export function embed(text: string, dimensions: number, seed: number): number[] {
  const sum = new Array<number>(dimensions).fill(0);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text];
  for (const word of words) {
    const random = createRandom(seedOf(digest([seed, word])));
    for (let index = 0; index < dimensions; index++) sum[index] = (sum[index] ?? 0) + random() * 2 - 1;
  }
  return normalize(sum);
}

/** The first dimensions of a vector, back at unit length, in single precision. */
export function truncate(vector: number[], dimensions: number): number[] {
  return normalize(vector.slice(0, dimensions));
}

/** Little-endian single precision floats, as OpenAI sends them. */
export function toBase64(vector: number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}

function normalize(vector: number[]): number[] {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => Math.fround(value / length));
}
