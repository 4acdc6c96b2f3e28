import { describe, expect, it } from 'vitest';
import type { Steps } from '#primitives';
import { MIN_LONG_SIZE, nextTurn, runInTurns, runSteps } from './turns.js';

/** Steps that each keep the processor for some milliseconds. */
function* busySteps(count: number, milliseconds: number): Steps<string> {
  for (let index = 0; index < count; index += 1) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    yield;
  }
  return 'done';
}

/** Counts the turns of the event loop until a promise settles. */
async function countTurns(promise: Promise<unknown>): Promise<number> {
  let count = 0;
  let isOver = false;
  const tick = (): void => {
    count += 1;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  await promise.catch(() => undefined);
  isOver = true;
  return count;
}

describe('long work', () => {
  it('leaves the event loop between its slices', async () => {
    expect(await countTurns(runInTurns(busySteps(10, 11), undefined))).toBeGreaterThanOrEqual(9);
  });

  it('stays in one turn while it is short', async () => {
    expect(await countTurns(runInTurns(busySteps(10, 0), undefined))).toBeLessThanOrEqual(1);
  });

  it('ends when its signal is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('left');
    setImmediate(() => controller.abort(reason));
    let steps = 0;
    function* counted(): Steps<void> {
      for (; steps < 100; steps += 1) yield* busySteps(1, 11);
    }

    await expect(runInTurns(counted(), controller.signal)).rejects.toBe(reason);
    expect(steps).toBeLessThan(10);
  });

  it('of several requests does not share a turn', async () => {
    const turns: number[] = [];
    let turn = 0;
    const tick = (): void => {
      turn += 1;
      if (turns.length < 5) setImmediate(tick);
    };
    setImmediate(tick);
    await Promise.all(Array.from({ length: 5 }, () => nextTurn().then(() => turns.push(turn))));

    expect(new Set(turns).size).toBe(5);
  });
});

describe('work by its size', () => {
  it('is done at once if it is short', () => {
    expect(runSteps(busySteps(3, 0), MIN_LONG_SIZE - 1, undefined)).toBe('done');
  });

  it('begins in a later turn if it is long', async () => {
    let hasBegun = false;
    function* steps(): Steps<string> {
      hasBegun = true;
      return yield* busySteps(3, 0);
    }
    const work = runSteps(steps(), MIN_LONG_SIZE, undefined);
    await Promise.resolve();

    expect(hasBegun).toBe(false);
    await expect(work).resolves.toBe('done');
  });

  it('does not begin once the client has left', async () => {
    const reason = new Error('left');

    await expect(runSteps(busySteps(3, 0), MIN_LONG_SIZE, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
