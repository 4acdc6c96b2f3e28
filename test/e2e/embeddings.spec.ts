import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

const embed = (body: object) => setup.ask('/api/embed', { model: 'sim-embed', ...body });
const vectorsOf = (answer: Awaited<ReturnType<typeof embed>>) => answer.lines[0]?.embeddings as number[][];

describe('POST /api/embed', () => {
  it('gives unit vectors in the order of the inputs, with counts and durations', async () => {
    const answer = await embed({ input: ['one', 'two', 'three'] });
    const alone = await embed({ input: 'two' });
    expect(vectorsOf(answer)).toHaveLength(3);
    for (const vector of vectorsOf(answer)) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(vectorsOf(answer)[1]).toEqual(vectorsOf(alone)[0]);
    expect(answer.lines[0]).toMatchObject({
      model: 'sim-embed',
      prompt_eval_count: 3,
      total_duration: expect.any(Number),
    });
    expect(answer.type).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.text)));
  });

  it('splits many inputs into calls and keeps the order', async () => {
    const input = Array.from({ length: 250 }, (_, index) => `text number ${String(index)}`);
    const answer = await embed({ input });
    const calls = setup.simulator.requests.filter(({ method }) => method === 'POST');
    expect(calls.map(({ body }) => (body as { input: string[] }).input.length).sort()).toEqual([58, 96, 96]);
    const alone = await embed({ input: input[200] });
    expect(vectorsOf(answer)[200]).toEqual(vectorsOf(alone)[0]);
  });

  it('cuts to `dimensions` and makes unit length again', async () => {
    const [short] = vectorsOf(await embed({ input: 'x', dimensions: 8 }));
    expect(short).toHaveLength(8);
    expect(Math.hypot(...short!)).toBeCloseTo(1, 5);
    expect(vectorsOf(await embed({ input: 'x', dimensions: 9999 }))[0]).toHaveLength(64);
  });

  it.each([[''], [[]], [null], [undefined]])('returns no vectors for %j', async (input) => {
    expect((await embed({ input })).lines).toEqual([{ model: 'sim-embed', embeddings: [] }]);
  });

  it('shortens a text that is too long, unless truncate is false', async () => {
    const tooLong = { status: 400, error: "This model's maximum context length is 512 tokens" };
    setup.simulator.next(tooLong);
    expect(vectorsOf(await embed({ input: 'word '.repeat(500) }))).toHaveLength(1);
    setup.simulator.next(tooLong);
    const refused = await embed({ input: 'word '.repeat(500), truncate: false });
    expect([refused.status, refused.lines]).toEqual([400, [{ error: 'the input length exceeds the context length' }]]);
  });

  it('has its own error texts', async () => {
    expect((await embed({ input: [1, 2] })).lines).toEqual([{ error: 'invalid input type' }]);
    expect((await setup.ask('/api/embed', { model: 'nope', input: 'x' })).lines).toEqual([
      { error: 'model "nope" not found, try pulling it first' },
    ]);
  });
});

describe('POST /api/embeddings', () => {
  it('returns one vector as the upstream sent it', async () => {
    const { lines } = await setup.ask('/api/embeddings', { model: 'sim-embed', prompt: 'one' });
    expect(Object.keys(lines[0]!)).toEqual(['embedding']);
    expect(lines[0]?.embedding).toHaveLength(64);
    const { lines: passed } = await setup.ask('/v1/embeddings', { model: 'sim-embed', input: 'one' });
    expect(lines[0]?.embedding).toEqual((passed[0]?.data as { embedding: number[] }[])[0]?.embedding);
    expect((await setup.ask('/api/embeddings', { model: 'sim-embed' })).lines).toEqual([{ embedding: [] }]);
  });
});
