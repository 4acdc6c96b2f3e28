import { describe, expect, it } from 'vitest';
import { send, sendJson, startSimulator } from '../../test/support.js';
import type { Json } from '../../test/support.js';

const path = '/embeddings';
const vectors = (answer: Json): number[][] => answer.data.map((entry: Json) => entry.embedding);
const dot = (one: number[] = [], two: number[] = []) =>
  one.reduce((sum, value, index) => sum + value * (two[index] ?? 0), 0);

describe('embeddings', () => {
  it('are unit vectors that only depend on the text', async () => {
    const simulator = await startSimulator();
    const many = await sendJson(simulator, path, {
      model: 'sim-embed',
      input: ['red apple', 'green apple', 'Zug nach 京都'],
    });
    const one = await sendJson(simulator, path, { model: 'sim-embed', input: 'red apple' });
    expect(vectors(many).map((vector) => vector.length)).toEqual([64, 64, 64]);
    for (const vector of vectors(many)) expect(dot(vector, vector)).toBeCloseTo(1, 5);
    expect(vectors(one)[0]).toEqual(vectors(many)[0]);
    expect(dot(vectors(many)[0], vectors(many)[1])).toBeGreaterThan(dot(vectors(many)[0], vectors(many)[2]));
    expect(many.usage).toEqual({ prompt_tokens: 7, total_tokens: 7 });
  });

  it('can be shorter, still of unit length', async () => {
    const simulator = await startSimulator();
    const short = vectors(await sendJson(simulator, path, { model: 'sim-embed', input: 'a', dimensions: 8 }))[0] ?? [];
    expect(short).toHaveLength(8);
    expect(dot(short, short)).toBeCloseTo(1, 5);
  });

  it.each([0, 65, 'x'])('refuse %j dimensions', async (dimensions) => {
    const simulator = await startSimulator();
    expect((await send(simulator, path, { model: 'sim-embed', input: 'a', dimensions })).status).toBe(400);
  });

  it('are the same numbers in base64', async () => {
    const simulator = await startSimulator();
    const [floats] = vectors(await sendJson(simulator, path, { model: 'sim-embed', input: 'a' }));
    const coded = await sendJson(simulator, path, { model: 'sim-embed', input: 'a', encoding_format: 'base64' });
    const bytes = Buffer.from(coded.data[0].embedding, 'base64');
    expect(Array.from({ length: 64 }, (_, index) => bytes.readFloatLE(index * 4))).toEqual(floats);
  });

  it('follow scripts', async () => {
    const simulator = await startSimulator();
    const { status } = await send(simulator, path, { model: 'sim-embed', input: ['@sim {"status":503}\na'] });
    expect(status).toBe(503);
  });
});
