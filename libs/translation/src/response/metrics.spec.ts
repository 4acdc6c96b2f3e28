import { describe, expect, it } from 'vitest';
import { toMetrics, toNanoseconds } from './metrics.js';
import type { CompletionEnd } from './completion-assembler.js';

const TIMES = { received: 1000, sent: 1002, firstText: 1502, ended: 3002.5 };

describe('metrics', () => {
  it('are measured where the upstream sends nothing', () => {
    expect(toMetrics(end({ counts: { prompt: 7, completion: 3 } }), TIMES, 99)).toStrictEqual({
      total_duration: 2_002_500_000,
      load_duration: 2_000_000,
      prompt_eval_count: 7,
      prompt_eval_duration: 500_000_000,
      eval_count: 3,
      eval_duration: 1_500_500_000,
    });
  });

  it("are the upstream's where it sends them", () => {
    const metrics = toMetrics(end({ times: { promptMs: 10, completionMs: 20.5 } }), TIMES, 0);

    expect(metrics).toMatchObject({ prompt_eval_duration: 10_000_000, eval_duration: 20_500_000 });
    expect(metrics.total_duration).toBe(2_002_500_000);
  });

  it.each([0, 5])('have the cached tokens where the upstream counts them, also %d', (cached) => {
    const metrics = toMetrics(end({ counts: { prompt: 7, completion: 3, details: { cached } } }), TIMES, 0);
    expect(metrics).toMatchObject({ prompt_eval_count: 7, prompt_eval_cached_count: cached });
    expect(Object.keys(metrics).indexOf('prompt_eval_cached_count')).toBe(3);
  });

  it('are estimated where nothing was counted', () => {
    expect(toMetrics(end({ deltas: 4 }), TIMES, 12)).toMatchObject({ prompt_eval_count: 12, eval_count: 4 });
  });

  it.each([
    ['nothing was counted', end({}), 0],
    ['zero was counted', end({ counts: { prompt: 0, completion: 0 }, deltas: 4 }), 12],
  ])('leave out the counts when %s', (_when, ended, estimate) => {
    const metrics = toMetrics(ended, TIMES, estimate);

    expect(metrics).not.toHaveProperty('prompt_eval_count');
    expect(metrics).not.toHaveProperty('eval_count');
  });

  it('call all of the time evaluation when the response came whole', () => {
    const { prompt_eval_duration, eval_duration } = toMetrics(end({}), { received: 0, sent: 1, ended: 101 }, 0);

    expect(prompt_eval_duration).toBe(1);
    expect(eval_duration).toBe(100_000_000);
  });

  it('have durations above zero, so that no client divides by zero', () => {
    const { total_duration, load_duration, prompt_eval_duration, eval_duration } = toMetrics(
      end({}),
      { received: 5, sent: 5, firstText: 5, ended: 5 },
      0,
    );

    expect([total_duration, load_duration, prompt_eval_duration, eval_duration]).toEqual([1, 1, 1, 1]);
  });

  it.each([
    [1.5, 1_500_000],
    [0.000_000_4, 1],
    [0, 1],
    [-3, 1],
    [1 / 3, 333_333],
  ])('write %d ms as %i ns', (milliseconds, nanoseconds) => {
    expect(toNanoseconds(milliseconds)).toBe(nanoseconds);
  });
});

function end(more: Partial<CompletionEnd>): CompletionEnd {
  return { reason: 'stop', toolCalls: [], turnParts: undefined, counts: undefined, deltas: 0, times: {}, ...more };
}
