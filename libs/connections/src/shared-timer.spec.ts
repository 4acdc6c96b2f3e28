import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TimedCall } from './shared-timer.js';
import { SharedTimer } from './shared-timer.js';

/** A call that notes when it was due, in milliseconds since the start. */
class Call implements TimedCall {
  readonly notes: number[] = [];
  readonly end: () => void;

  constructor(
    timer: SharedTimer,
    public dueAt: number,
  ) {
    const entry = timer.add(this);
    this.end = () => timer.remove(entry);
  }

  onDue(): void {
    this.notes.push(performance.now());
    this.end();
  }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], now: 0 }));
afterEach(() => void vi.useRealTimers());

describe('one timer for many calls', () => {
  it('ends each at its time, in any order of beginning', () => {
    const timer = new SharedTimer();
    const start = performance.now();
    const calls = [300, 100, 200, 100].map((ms) => new Call(timer, start + ms));
    vi.advanceTimersByTime(1000);

    expect(calls.map(({ notes }) => notes.map((at) => at - start))).toEqual([[300], [100], [200], [100]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('follows a time that moves on, or comes nearer', () => {
    const timer = new SharedTimer();
    const start = performance.now();
    const later = new Call(timer, start + 100);
    const sooner = new Call(timer, start + 500);
    vi.advanceTimersByTime(90);
    later.dueAt = start + 190;
    sooner.dueAt = start + 150;
    timer.hasten(sooner);
    vi.advanceTimersByTime(1000);

    expect([later, sooner].map(({ notes: [at = 0] }) => at - start)).toEqual([190, 150]);
  });

  it('does not end a call that has ended, or that has no limit', () => {
    const timer = new SharedTimer();
    const ended = new Call(timer, performance.now() + 100);
    const unlimited = new Call(timer, Number.POSITIVE_INFINITY);
    ended.end();
    vi.advanceTimersByTime(1_000_000);

    expect([ended, unlimited].flatMap(({ notes }) => notes)).toEqual([]);
  });

  it('waits for longer than a timer of Node can', () => {
    const timer = new SharedTimer();
    const start = performance.now();
    const days = 40 * 24 * 60 * 60 * 1000;
    const call = new Call(timer, start + days);
    vi.advanceTimersByTime(days - 1);
    expect(call.notes).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(call.notes).toHaveLength(1);
  });
});
