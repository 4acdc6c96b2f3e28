import type { Steps } from '#primitives';
import type { CancelSignal } from './cancellation.js';
import { runAtOnce } from '#primitives';

/** Work on fewer bytes or characters takes some milliseconds, which is not worth another turn. */
export const MIN_LONG_SIZE = 256 * 1024;

/** Time after which steps leave the event loop. The slowest single step, JSON.parse of 10 MB, takes some 60 ms. */
const MAX_SLICE_MS = 10;

const waiting: (() => void)[] = [];

/**
 * Resolves in a later turn of the event loop, for one caller a turn: long work of several requests does not add up to one
 * stall.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(grantTurn);
  });
}

function grantTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(grantTurn);
}

/**
 * Runs steps in slices of MAX_SLICE_MS, with a turn of the event loop between two of them.
 * @throws the reason of the signal once it is aborted
 */
export async function runInTurns<T>(steps: Steps<T>, signal: CancelSignal | undefined): Promise<T> {
  for (;;) {
    const end = performance.now() + MAX_SLICE_MS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    await nextTurn();
    signal?.throwIfAborted();
  }
}

/**
 * Runs steps at once, or in turns of their own if they are long.
 * @param size bytes or characters that they go through
 * @throws the reason of the signal if it is aborted between two turns
 */
export function runSteps<T>(steps: Steps<T>, size: number, signal: CancelSignal | undefined): T | Promise<T> {
  if (size < MIN_LONG_SIZE) return runAtOnce(steps);
  return nextTurn().then(() => {
    signal?.throwIfAborted();
    return runInTurns(steps, signal);
  });
}
