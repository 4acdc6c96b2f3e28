import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

/** An upstream that rejects what `rejects` says, and records the number of inputs of each request. */
let rejects: (input: readonly string[]) => string | undefined = () => undefined;
let sizes: number[] = [];
let inputs: string[] = [];

const upstream = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk: Buffer) => (text += chunk.toString()));
  request.on('end', () => {
    if (request.method === 'GET') {
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'm', object: 'model' }] }));
      return;
    }
    const { input } = JSON.parse(text) as { input: string[] };
    sizes.push(input.length);
    inputs = input;
    const message = rejects(input);
    if (message !== undefined) {
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message } }));
      return;
    }
    const data = input.map((each, index) => ({ object: 'embedding', index, embedding: [each.length, 1] }));
    response.end(JSON.stringify({ object: 'list', data, usage: { prompt_tokens: input.length } }));
  });
});

let proxy: RunningProxy;
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  sizes = [];
  proxy = await startProxy(`http://127.0.0.1:${String((upstream.address() as AddressInfo).port)}/v1`);
  return () => proxy.close();
});
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

const embed = (input: string[]) => ask(`${proxy.url}/api/embed`, { model: 'm', input });
const countOf = async (input: string[]): Promise<number> => {
  const { status, lines } = await embed(input);
  expect(status).toBe(200);
  return (lines[0] as { embeddings: unknown[] }).embeddings.length;
};
const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `text ${String(index)}`);

describe('an upstream that limits the inputs of a request', () => {
  it.each([
    ['by a number in its text', 10, 'batch size is invalid, it should not be larger than 10.: input.contents'],
    ['without a number', 24, 'too many inputs in one request'],
  ])('%s gets smaller batches, from the second request on at once', async (_case, limit, message) => {
    rejects = (input) => (input.length > limit ? message : undefined);
    expect(await countOf(texts(25))).toBe(25);
    sizes = [];
    expect(await countOf(texts(25))).toBe(25);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
  });
});

describe('an upstream that limits the tokens of all inputs together', () => {
  const lengthOf = (input: readonly string[]): number => input.reduce((sum, { length }) => sum + length, 0);

  it('gets smaller batches of long texts, from the second request on at once, and as many short ones as before', async () => {
    rejects = (input) => (lengthOf(input) > 4000 ? 'Requested 9000 tokens, max 4000 tokens per request' : undefined);
    const long = texts(20).map((text) => text.padEnd(600, '.'));
    expect(await countOf(long)).toBe(20);
    const learning = sizes.length;
    sizes = [];
    expect(await countOf(long)).toBe(20);
    expect(sizes.length).toBeLessThan(learning);
    sizes = [];
    expect(await countOf(texts(90))).toBe(90);
    expect(sizes).toEqual([90]);
  });

  it('gets a shortened text where one alone is too long', async () => {
    rejects = (input) => (lengthOf(input) > 4000 ? 'Requested 9000 tokens, max 4000 tokens per request' : undefined);
    expect(await countOf(['x'.repeat(9000), 'short'])).toBe(2);
  });
});

it.each(['input cannot be an empty string', 'input length must be at least 1', "'input[1]': string too short"])(
  'an empty text does not fail the others, nor make batches smaller: %s',
  async (message) => {
    rejects = (input) => (input.includes('') ? message : undefined);
    expect(await countOf(['a', '', 'b'])).toBe(3);
    sizes = [];
    expect(await countOf(texts(90))).toBe(90);
    expect(sizes).toEqual([90]);
  },
);

it.each([
  "This model's maximum context length is 8192 tokens, however you requested 9021 tokens.",
  'Input is too long for requested model.',
  'input (600 tokens) is too large to process. increase the physical batch size',
  '`inputs` must have less than 512 tokens. Given: 600',
  'Range of input length should be [1, 8192]',
  'The input text exceeds the maximum number of tokens',
  'text too long: 2049 tokens, limit is 2048',
])('a text that is too long is shortened: %s', async (message) => {
  rejects = ([text = '']) => (text.length > 300 ? message : undefined);
  expect(await countOf(['y'.repeat(1000)])).toBe(1);
  const refused = await ask(`${proxy.url}/api/embed`, { model: 'm', input: ['y'.repeat(1000)], truncate: false });
  expect([refused.status, refused.lines[0]?.error]).toEqual([400, 'the input length exceeds the context length']);
});

describe('after a text that was too long', () => {
  const LIMIT = 200;
  const words = (count: number): string => Array.from({ length: count }, (_, at) => `word${String(at % 10)}`).join(' ');
  const tokensOf = (text: string): number => text.split(/\s+/).length * 2;
  const limited =
    (wording: (tokens: number) => string) =>
    (input: readonly string[]): string | undefined => {
      const longest = Math.max(...input.map(tokensOf));
      return longest > LIMIT ? wording(longest) : undefined;
    };

  it.each([
    ['with numbers', (tokens: number) => `\`inputs\` must have less than ${LIMIT} tokens. Given: ${tokens}`],
    ['with the limit alone', () => `text too long, the limit is ${LIMIT} tokens`],
  ])('those that cannot fit either are cut before they are sent, and others are not: %s', async (_case, wording) => {
    rejects = limited(wording);
    expect(await countOf([words(400)])).toBe(1);
    for (const text of [words(400), words(450), words(9000)]) {
      sizes = [];
      expect(await countOf([text, 'short'])).toBe(2);
      expect(sizes).toEqual([2]);
      expect(text.startsWith(inputs[0] ?? '-')).toBe(true);
      expect(tokensOf(inputs[0] ?? '')).toBeGreaterThan(LIMIT / 4);
    }
    expect(await countOf([words(LIMIT / 2)])).toBe(1);
    expect(inputs).toEqual([words(LIMIT / 2)]);
    const shown = await ask(`${proxy.url}/api/show`, { model: 'm', verbose: true });
    expect(shown.text).toMatch(/text-tokens: 200 \(expires in /);
    expect(shown.text).toMatch(/texts shortened since the start: 4 \(\d+ characters left out\)/);
    const whole = await ask(`${proxy.url}/api/embed`, { model: 'm', input: [words(400)], truncate: false });
    expect([whole.status, whole.lines[0]?.error]).toEqual([400, 'the input length exceeds the context length']);
  });

  it('without a number in its rejection, others are sent as they are', async () => {
    rejects = limited(() => 'Input is too long for requested model.');
    expect(await countOf([words(400)])).toBe(1);
    rejects = () => undefined;
    expect(await countOf([words(9000)])).toBe(1);
    expect(inputs).toEqual([words(9000)]);
  });

  it('by its unusual characters alone, a text of another caller that fits is sent whole', async () => {
    const tokens = (text: string): number =>
      [...text.matchAll(/\p{Script=Han}|[a-z]+/gu)].reduce((sum, [piece]) => sum + (piece < '\u0080' ? 1 : 3), 0);
    rejects = ([text = '']) =>
      tokens(text) > 8192
        ? `This model's maximum context length is 8192 tokens, however you requested ${String(tokens(text))} tokens.`
        : undefined;
    const fitting = 'word '.repeat(7000);
    expect(await countOf(['漢 '.repeat(3000)])).toBe(1);
    expect(await countOf([fitting])).toBe(1);
    expect(inputs).toEqual([fitting]);
    sizes = [];
    expect(await countOf(['word '.repeat(9000)])).toBe(1);
    expect(sizes).toEqual([1]);
  });

  it('of unusual characters, the others are not cut to a few words', async () => {
    rejects = ([text = '']) =>
      /^(\p{Emoji}|\s)+$/u.test(text) && text.length > 100
        ? '`inputs` must have less than 512 tokens. Given: 2000'
        : undefined;
    expect(await countOf(['😀'.repeat(200)])).toBe(1);
    expect(await countOf([words(150)])).toBe(1);
    expect(inputs).toEqual([words(150)]);
  });
});

it('an empty text is a space from the second request on at once', async () => {
  rejects = (input) => (input.includes('') ? 'input cannot be an empty string' : undefined);
  expect(await countOf(['a', ''])).toBe(2);
  sizes = [];
  expect(await countOf(['', 'b'])).toBe(2);
  expect([sizes, inputs]).toEqual([[2], [' ', 'b']]);
});

it('a text that is too long is shortened, never inside a character', async () => {
  let longest = '';
  rejects = (input) => {
    longest = input[0] ?? '';
    return longest.length > 100 ? 'Input length 523 exceeds maximum allowed token size 512' : undefined;
  };
  expect(await countOf([`x${'😀'.repeat(400)}`])).toBe(1);
  expect(encodeURIComponent(longest)).not.toBe('');
});

it('a short text that is rejected as too long is not shortened further', async () => {
  rejects = () => 'input is too large to process. increase the physical batch size';
  const { status, lines } = await embed(['a']);
  expect([status, lines]).toEqual([
    400,
    [{ error: 'input exceeds maximum context length and cannot be truncated further' }],
  ]);
  expect([sizes, inputs]).toEqual([[1], ['a']]);
});
