import { describe, expect, it } from 'vitest';
import { adaptationsFor } from './adaptation-rules.js';
import { PLAIN } from './dialect.js';
import { shorterHistoryFor } from './overflow.js';
import { isOverflow } from './rejection.js';

const messages = [
  ...Array.from({ length: 20 }, (_, at) => ({ role: at % 2 ? 'assistant' : 'user', content: 'x'.repeat(1000) })),
  { role: 'user', content: 'x'.repeat(1000) },
];
const sent = { model: 'm', messages };
const profile = { dialect: PLAIN, adaptations: [] };

const error = (message: string, more = {}): string => JSON.stringify({ error: { message, ...more } });

/** In the styles of many upstreams; none of them is quoted. */
const OVERFLOWS: readonly (readonly [number, string])[] = [
  [400, error("This model's maximum context length is 4096 tokens. However, your messages resulted in 5300 tokens.")],
  [400, error('Your input does not fit.', { code: 'context_length_exceeded' })],
  [400, error('nope', { type: 'exceed_context_size_error', n_prompt_tokens: 5300, n_ctx: 4096 })],
  [400, error('prompt is too long: 5300 tokens > 4096 maximum')],
  [400, error('The input token count (5300) exceeds the maximum number of tokens allowed (4096).')],
  [
    422,
    error('Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5300 `inputs` tokens'),
  ],
  [400, error('Requested tokens (5300) exceed context window of 4096')],
  [400, error('Input is too long for requested model.')],
  [400, error('Please reduce the length of the messages or completion.')],
  [400, error('Invalid request: Your request exceeded model token limit: 4096')],
  [400, error('Range of input length should be [1, 4096]')],
  [400, error('Prompt exceeds max length')],
  [400, error('The conversation is too large for this model')],
  [400, error('too many input tokens')],
  [413, error('the prompt has more tokens than the context window')],
  [500, error('the input length exceeds the context length')],
  [400, '{"detail":[{"type":"value_error","loc":["body","messages"],"msg":"prompt too long: 5300 tokens"}]}'],
];

describe('a prompt that is too long', () => {
  it.each(OVERFLOWS)('is what %i %s is about', (status, body) => {
    expect(isOverflow({ status, body }, sent)).toBe(true);
    expect(adaptationsFor(sent, { status, body }, profile)).toEqual([]);
    const shorter = shorterHistoryFor(sent, { status, body }, undefined);
    expect(shorter?.retention).toBe('request');
    const { size } = shorter?.adaptation as { size: number };
    expect(size).toBeGreaterThan(3000);
    expect(size).toBeLessThan(19_000);
  });

  it.each([
    [400, error("Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40")],
    [400, error('tools[0].function.description: input too long, at most 1024 characters')],
    [429, error('Request too large: tokens per minute limit exceeded')],
    [400, error('max_tokens exceeds the context length')],
    [400, error('unknown field: seed')],
    // The client's own words, quoted.
    [400, error(`unknown role in: ${'context length exceeded '.repeat(3)}`)],
  ])('is not what %i %s is about', (status, body) => {
    const own = { role: 'user', content: 'context length exceeded '.repeat(3) };
    expect(isOverflow({ status, body }, { ...sent, messages: [own], max_tokens: 9 })).toBe(false);
  });

  it('is shortened in proportion to the numbers of the rejection', () => {
    const body = error('prompt is too long: 5000 tokens > 4000 maximum');
    // 21000 characters are 5000 tokens; an eighth of the context is for the answer.
    const { size } = shorterHistoryFor(sent, { status: 400, body }, undefined)?.adaptation as { size: number };
    expect(size).toBe(Math.floor(21_000 * ((4000 * 0.875 * 0.95) / 5000)));
    const limited = shorterHistoryFor({ ...sent, max_tokens: 100 }, { status: 400, body }, undefined);
    expect(limited?.adaptation).toEqual({ kind: 'history', size: Math.floor(21_000 * ((3900 * 0.95) / 5000)) });
  });

  it('is shortened to the known context, or to half', () => {
    const rejection = { status: 400, body: error('Input is too long') };
    expect(shorterHistoryFor(sent, rejection, 1000)?.adaptation).toEqual({ kind: 'history', size: 3325 });
    expect(shorterHistoryFor(sent, rejection, undefined)?.adaptation).toEqual({ kind: 'history', size: 10_500 });
    expect(shorterHistoryFor(sent, rejection, 1_000_000)?.adaptation).toEqual({ kind: 'history', size: 10_500 });
  });

  it('counts the tools, which cannot be shortened', () => {
    const tools = [{ type: 'function', function: { name: 'f', description: 'd'.repeat(5000) } }];
    const rejection = { status: 400, body: error('Input is too long') };
    const { size } = shorterHistoryFor({ ...sent, tools }, rejection, undefined)?.adaptation as { size: number };
    expect(size).toBeLessThan(21_000 / 2 - 2000);
  });

  it('is also a prompt alone, and nothing where only a few characters are left', () => {
    const rejection = { status: 400, body: error('Input is too long') };
    expect(shorterHistoryFor({ prompt: 'x'.repeat(1000) }, rejection, undefined)?.adaptation).toEqual({
      kind: 'history',
      size: 500,
    });
    const short = { messages: [{ role: 'user', content: 'hi' }] };
    expect(shorterHistoryFor(short, rejection, undefined)).toBeUndefined();
    expect(shorterHistoryFor({ input: ['x'] }, rejection, undefined)).toBeUndefined();
  });
});

describe('a limit on the answer that is too large', () => {
  it.each([
    ['max_tokens is too large: 32000. This model supports at most 16384 completion tokens.', 16_384],
    ['max_tokens (32000) exceeds the limit of 8192', 8192],
    ["max_tokens exceeds this model's maximum output: 8,192", 8192],
    ['Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', 8192],
    ['`max_tokens` must be less than or equal to `8192`', 8192],
    ['max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens', 8192],
    ['Range of max_tokens should be [1, 8192]', 8192],
    [
      "This model's maximum context length is 16000 tokens. However, you requested 33000 tokens (1000 in the messages, 32000 in the completion).",
      15_000,
    ],
    [
      "'max_tokens' is too large: 32000. This model's maximum context length is 16000 tokens and your request has 1000 input tokens",
      15_000,
    ],
    [
      '`inputs` tokens + `max_new_tokens` must be <= 16000. Given: 1000 `inputs` tokens and 32000 `max_new_tokens`',
      15_000,
    ],
    ['The sum of prompt tokens (1000) and max_tokens (32000) exceeds the context length of 16000', 15_000],
    ['max_tokens is too large', undefined],
    ['max_tokens must not exceed the available context', undefined],
  ])('%s', (message, max) => {
    const proposed = adaptationsFor({ ...sent, max_tokens: 32_000 }, { status: 400, body: error(message) }, profile);
    const adaptations = proposed.map(({ adaptation }) => adaptation);
    if (max === undefined) expect(adaptations).toEqual([{ kind: 'drop', field: 'max_tokens' }]);
    else expect(adaptations).toContainEqual({ kind: 'token-limit', max });
    expect(proposed.every(({ retention }) => retention === 'request' || max !== undefined)).toBe(true);
  });
});
