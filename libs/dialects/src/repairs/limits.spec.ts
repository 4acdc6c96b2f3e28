import { describe, expect, it } from 'vitest';
import { clampedLimit, readTokenNumbers } from './limits.js';

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
      { context: 8192 },
      undefined,
    ],
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

  it('never make a limit larger or negative', () => {
    expect(clampedLimit(100, { maxOutput: 200 })).toBeUndefined();
    expect(clampedLimit(100, { context: 10, prompt: 20 })).toBeUndefined();
    expect(clampedLimit(100, {})).toBeUndefined();
  });
});
