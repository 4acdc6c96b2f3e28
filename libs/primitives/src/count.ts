/**
 * Larger counts are not believed. No request has a billion tokens, and sums of counts up to this stay exact integers in
 * JavaScript, in Redis and in clients that decode 64-bit integers.
 */
const MAX_COUNT = 1e9;

/** Longer durations are not believed: no request runs for a day. */
const MAX_DURATION_MS = 24 * 60 * 60 * 1000;

/**
 * A count from an upstream as an integer ≥ 0. Fractions are rounded; text, objects, negative numbers, NaN, Infinity (what
 * `1e999` is parsed to) and numbers over a billion are 0.
 */
export function toCount(value: unknown): number {
  return typeof value === 'number' && value > 0 && value <= MAX_COUNT ? Math.round(value) : 0;
}

/** A duration from an upstream in milliseconds; undefined if it is not a number above zero and below a day. */
export function toDurationMs(value: unknown, unitMs: number): number | undefined {
  if (typeof value !== 'number') return undefined;
  const milliseconds = value * unitMs;
  return milliseconds > 0 && milliseconds <= MAX_DURATION_MS ? milliseconds : undefined;
}
