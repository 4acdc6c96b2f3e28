import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withTimeout } from './with-timeout.js';

describe('withTimeout', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('returns what the promise resolves with and leaves no timer', async () => {
    await expect(withTimeout(Promise.resolve(1), 1000, () => 2)).resolves.toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('passes a rejection on and leaves no timer', async () => {
    await expect(withTimeout(Promise.reject(new Error('refused')), 1000, () => 2)).rejects.toThrow('refused');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('returns what onTimeout returns after the time, and ignores a later rejection', async () => {
    let reject: (error: Error) => void = () => undefined;
    const late = new Promise<number>((_resolve, fail) => (reject = fail));
    const result = withTimeout(late, 1000, () => 2);
    await vi.advanceTimersByTimeAsync(1000);
    await expect(result).resolves.toBe(2);
    reject(new Error('too late'));
    await vi.runAllTimersAsync();
  });

  it('rejects with what onTimeout throws', async () => {
    const result = withTimeout(new Promise(() => undefined), 1000, () => {
      throw new Error('timed out');
    });
    const rejected = expect(result).rejects.toThrow('timed out');
    await vi.advanceTimersByTimeAsync(1000);
    await rejected;
  });
});
