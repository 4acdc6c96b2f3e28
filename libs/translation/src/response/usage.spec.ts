import { describe, expect, it } from 'vitest';
import type { OpenAiAnswer, OpenAiUsage } from '#contracts';
import { countTokens, timedCountsIn, timesIn, usageIn } from './usage.js';

const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };

describe('cached tokens', () => {
  it.each<[OpenAiUsage, { cached?: number } | undefined]>([
    [{ ...USAGE, prompt_tokens_details: { cached_tokens: 4 } }, { cached: 4 }],
    [{ ...USAGE, prompt_tokens_details: { cached_tokens: 0 } }, { cached: 0 }],
    [{ ...USAGE, prompt_tokens_details: { cached_tokens: 99 } }, { cached: 7 }],
    [{ ...USAGE, prompt_tokens_details: {} }, undefined],
    [{ ...USAGE, prompt_tokens_details: null }, undefined],
    [USAGE, undefined],
  ])('of %j are known only where they are counted', (usage, details) => {
    expect(countTokens(usage).details).toEqual(details);
  });

  it('are counted by timings', () => {
    expect(timedCountsIn({ timings: { cache_n: 0, prompt_n: 5, predicted_n: 2 } })).toEqual({
      prompt: 5,
      completion: 2,
      details: { cached: 0 },
    });
  });
});

describe('usage', () => {
  it.each<[string, OpenAiAnswer]>([
    ['in its own place', { choices: [], usage: USAGE }],
    ['beside the provider', { choices: [{ finish_reason: 'stop' }], x_groq: { usage: USAGE } }],
    ['in the choice', { choices: [{ usage: USAGE }] }],
    ['anywhere but in its own place, which is null', { usage: null, x_groq: { usage: USAGE } }],
    ['anywhere but in its own place, which is zero', { usage: { prompt_tokens: 0 }, x_groq: { usage: USAGE } }],
  ])('is found %s', (_where, answer) => {
    expect(usageIn(answer)).toEqual(USAGE);
  });

  it.each<OpenAiAnswer>([
    {},
    { usage: null },
    { usage: {} },
    { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } },
    { usage: { prompt_tokens: null, completion_tokens: null } },
    { x_groq: null, choices: null },
    { x_groq: { usage: null }, choices: [{ usage: null }] },
  ])('is not found in %j', (answer) => {
    expect(usageIn(answer)).toBeUndefined();
  });

  it.each<[string, OpenAiUsage, number, number]>([
    ['as it is sent', USAGE, 7, 3],
    ['without a total', { prompt_tokens: 7, completion_tokens: 3 }, 7, 3],
    [
      'with the reasoning that only the total has',
      { prompt_tokens: 12, completion_tokens: 1, total_tokens: 303 },
      12,
      291,
    ],
    ['with a total that is too small', { prompt_tokens: 7, completion_tokens: 3, total_tokens: 5 }, 7, 3],
    ['with a prompt larger than the total', { prompt_tokens: 161, completion_tokens: 0, total_tokens: 7 }, 161, 0],
    ['from prompt and total', { prompt_tokens: 7, total_tokens: 10 }, 7, 3],
    ['with nulls', { prompt_tokens: 7, completion_tokens: null, total_tokens: null }, 7, 0],
    ['with negative numbers', { prompt_tokens: -1, completion_tokens: -1, total_tokens: -2 }, 0, 0],
    ['with fractions', { prompt_tokens: 6.7, completion_tokens: 3.2 }, 7, 3],
    ['with nothing', {}, 0, 0],
  ])('is counted %s', (_how, usage, prompt, completion) => {
    expect(countTokens(usage)).toEqual({ prompt, completion });
  });
});

describe('times of the upstream', () => {
  it.each<[string, OpenAiAnswer, object | undefined]>([
    [
      'milliseconds in the timings',
      { timings: { prompt_ms: 12.5, predicted_ms: 300 } },
      { promptMs: 12.5, completionMs: 300 },
    ],
    [
      'seconds in the usage',
      { usage: { ...USAGE, prompt_time: 0.25, completion_time: 2 } },
      { promptMs: 250, completionMs: 2000 },
    ],
    [
      'seconds in the time info',
      { time_info: { prompt_time: 0.5, completion_time: 1 } },
      { promptMs: 500, completionMs: 1000 },
    ],
    ['one of two', { timings: { predicted_ms: 300 } }, { completionMs: 300 }],
    ['zero and null, which mean nothing', { timings: { prompt_ms: 0, predicted_ms: null } }, {}],
    ['nothing', { usage: USAGE }, undefined],
    ['null', { timings: null, time_info: null }, undefined],
  ])('are read from %s', (_where, answer, times) => {
    expect(timesIn(answer)).toEqual(times);
  });
});

describe('counts in the timings', () => {
  it.each<[OpenAiAnswer, object | undefined]>([
    [{ timings: { cache_n: 10, prompt_n: 5, predicted_n: 3 } }, { prompt: 15, completion: 3, details: { cached: 10 } }],
    [{ timings: { prompt_n: 5, predicted_n: 3 } }, { prompt: 5, completion: 3 }],
    [{ timings: { prompt_n: 5, predicted_n: 0 } }, undefined],
    [{ timings: null }, undefined],
    [{}, undefined],
  ])('of %j are %j', (answer, counts) => {
    expect(timedCountsIn(answer)).toEqual(counts);
  });
});
