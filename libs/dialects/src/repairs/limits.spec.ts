import { describe, expect, it } from 'vitest';
import { clampedLimit, promptTokensOf, readTokenNumbers } from './limits.js';

describe('the numbers of a rejection', () => {
  it.each([
    [
      'max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas you provided 32000.',
      { maxOutput: 16384 },
      16384,
    ],
    [
      "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 1200 input tokens (32000 > 32768 - 1200).",
      { context: 32768, prompt: 1200 },
      31568,
    ],
    [
      "This model's maximum context length is 8192 tokens. However, you requested 32900 tokens (900 in the messages, 32000 in the completion).",
      { context: 8192, prompt: 900 },
      7292,
    ],
    [
      "This model's maximum context length is 8192 tokens, however you requested 32900 tokens.",
      { context: 8192, total: 32900 },
      7292,
    ],
    ["max_tokens exceeds the model's limit of 4096", { maxOutput: 4096 }, 4096],
    ['The maximum value for `max_tokens` is 8192', { maxOutput: 8192 }, 8192],
    [
      'max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-3-haiku',
      { maxOutput: 8192 },
      8192,
    ],
    ['Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', { maxOutput: 8192 }, 8192],
    [
      '`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model',
      {},
      8192,
    ],
    ['max_completion_tokens must be between 1 and 4,096', { maxOutput: 4096 }, 4096],
    [
      'Unable to submit request because it has a maxOutputTokens value of 32000 but the supported range is from 1 (inclusive) to 8193 (exclusive).',
      {},
      undefined,
    ],
  ])('%s', (text, numbers, clamped) => {
    const found = readTokenNumbers(text.replaceAll('`8192`', '8192'));
    expect(found).toMatchObject(numbers);
    if (clamped !== undefined) expect(clampedLimit(32000, found)).toBe(clamped);
  });

  it.each([
    ['prompt is too long: 210000 tokens > 200000 maximum', 200000, 210000],
    ["This model's maximum context length is 4097 tokens. However, your messages resulted in 5012 tokens.", 4097, 5012],
    [
      "This model's maximum context length is 4096 tokens. However, you requested 5100 tokens (5000 in the messages, 100 in the completion).",
      4096,
      5000,
    ],
    ['The input token count (1050000) exceeds the maximum number of tokens allowed (1048576).', 1048576, 1050000],
    [
      '{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5200,"n_ctx":4096}}',
      4096,
      5200,
    ],
    ["The input (5000 tokens) is longer than the model's context length (4096 tokens).", 4096, 5000],
    ['Requested tokens (5000) exceed context window of 4096', 4096, undefined],
    [
      '`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 100 `max_new_tokens`',
      4096,
      5000,
    ],
    ["This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 131072, undefined],
    ['prompt token count of 130000 exceeds the limit of 128000', 128000, 130000],
    ['Prompt has 131073 tokens, but the configured context size is 131072 tokens', 131072, 131073],
    ['Range of input length should be [1, 30720]', undefined, undefined],
    ['Input length 5230 exceeds maximum allowed token size 4096', 4096, 5230],
  ])('are those of an overflow: %s', (text, context, prompt) => {
    const numbers = readTokenNumbers(text);
    expect(numbers.context).toBe(context);
    if (prompt !== undefined) expect(promptTokensOf(numbers, 100)).toBe(prompt);
  });

  it('never make a limit larger or negative', () => {
    expect(clampedLimit(100, { maxOutput: 200 })).toBeUndefined();
    expect(clampedLimit(100, { context: 10, prompt: 20 })).toBeUndefined();
    expect(clampedLimit(100, {})).toBeUndefined();
  });
});

it.each([
  'The prompt exceeds the maximum by 50 tokens.',
  'Input is longer than the context length by about 50 tokens',
  'The maximum context length was exceeded by at least 1,200 tokens',
])('a difference is no limit: %s', (text) => {
  expect(readTokenNumbers(text).context).toBeUndefined();
});
