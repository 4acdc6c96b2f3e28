import { describe, expect, it } from 'vitest';
import { batchLimitIn, isBatchTokenLimit } from './batch-limit.js';

describe('the largest batch', () => {
  it.each([
    ['Value error, batch size is invalid, it should not be larger than 10.: input.contents', 25, 10],
    ['input batch size 80 > maximum allowed batch size 64', 80, 64],
    ['batch size 96 > maximum allowed batch size 32', 96, 32],
    ["Invalid 'input': array too long. Expected an array with maximum length 2048, but got 3000", 3000, 2048],
    ['The maximum number of instances per prediction is 250', 300, 250],
    ['invalid request: total number of texts must be at most 90, you sent 96', 96, 90],
    ['too many inputs in one request', 96, 48],
    ['max_client_batch_size exceeded: limit is 8', 20, 8],
  ])('%s (%i inputs): %i', (text, count, limit) => {
    expect(batchLimitIn(text, count)).toBe(limit);
  });

  it.each([
    ["This model's maximum context length is 8192 tokens", 96],
    ['the model is overloaded', 96],
    ['batch size is invalid, it should not be larger than 10', 1],
  ])('is not in: %s', (text, count) => {
    expect(batchLimitIn(text, count)).toBeUndefined();
  });
});

describe('a limit on the tokens of all inputs', () => {
  it.each([
    'Requested 400000 tokens, max 300000 tokens per request',
    'Invalid input: maximum request size is 300000 tokens per request.',
    'The total of tokens in the batch exceeds 120000',
    'max allowed tokens per batch is 16384',
    'batch has too many tokens: 20000',
  ])('is in: %s', (text) => {
    expect(isBatchTokenLimit(text)).toBe(true);
    expect(batchLimitIn(text, 96)).toBeUndefined();
  });

  it.each([
    "This model's maximum context length is 8192 tokens, however you requested 9000 tokens",
    'input batch size 80 > maximum allowed batch size 64',
    'inputs must have less than 512 tokens. Given: 600',
  ])('is not in: %s', (text) => {
    expect(isBatchTokenLimit(text)).toBe(false);
  });
});
