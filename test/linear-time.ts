import { expect } from 'vitest';

/** Four times the size takes four times as long in linear time and sixteen times in quadratic time. */
const FACTOR = 4;
const MAX_GROWTH = 10;
/** Garbage collection and compilation may take this much of a measurement. */
const NOISE_MS = 30;
/** A busy machine disturbs single measurements; a quadratic path fails all of them. */
const MAX_ROUNDS = 8;

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Passes if the CPU time of `(size) => void` grows linearly from `size` to four times `size`. */
    toTakeLinearTime(this: Matchers<R, T>, size: number): R;
  }
}

expect.extend({
  toTakeLinearTime(run: (size: number) => unknown, size: number) {
    run(size);
    let part = Infinity;
    let whole = Infinity;
    let pass = false;
    for (let round = 0; round < MAX_ROUNDS && !pass; round += 1) {
      part = Math.min(
        part,
        cpuMs(() => run(size)),
      );
      whole = Math.min(
        whole,
        cpuMs(() => run(FACTOR * size)),
      );
      pass = whole < MAX_GROWTH * part + NOISE_MS;
    }
    const message = (): string =>
      `size ${String(size)} took ${part.toFixed(1)} ms, ${String(FACTOR)} times the size ${whole.toFixed(1)} ms`;
    return { pass, message };
  },
});

/** CPU time of this thread, in milliseconds: other processes do not count. */
function cpuMs(run: () => unknown): number {
  const begun = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1000;
}
