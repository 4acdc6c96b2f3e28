import { describe, expect, it } from 'vitest';
import type { CancelSignal } from './cancellation.js';
import { Cancellation } from './cancellation.js';

/** What listeners of a signal see: one removed before, one that removes another, one too late. */
function observe({ signal, abort }: { signal: CancelSignal; abort: (reason: Error) => void }): unknown[] {
  const seen: unknown[] = [];
  const note = (name: string) => (): void => void seen.push(name);
  const [first, removed, late] = [note('first'), note('removed'), note('late')];
  signal.addEventListener('abort', first, { once: true });
  signal.addEventListener('abort', removed, { once: true });
  signal.removeEventListener('abort', removed);
  signal.removeEventListener('abort', late);
  signal.throwIfAborted();
  seen.push(signal.aborted);
  abort(new Error('one'));
  abort(new Error('two'));
  signal.addEventListener('abort', late, { once: true });
  seen.push(signal.aborted, String(signal.reason));
  try {
    signal.throwIfAborted();
  } catch (error) {
    seen.push(error === signal.reason);
  }
  return seen;
}

describe('a cancellation', () => {
  it('is seen as an AbortSignal is', () => {
    const controller = new AbortController();
    const expected = observe({ signal: controller.signal, abort: (reason) => controller.abort(reason) });
    const cancellation = new Cancellation();
    expect(observe({ signal: cancellation, abort: (reason) => cancellation.abort(reason) })).toEqual(expected);
    expect(expected).toEqual([false, 'first', true, 'Error: one', true]);
  });
});
