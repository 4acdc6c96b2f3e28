import { numberOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { between } from '../text/random.js';
import type { Random } from '../text/random.js';

/** A number inside the bounds of a schema, a multiple of its step if it has one. */
export function sampleNumber(schema: JsonObject, whole: boolean, random: Random): number {
  const step = numberOf(schema.multipleOf) ?? (whole ? 1 : 0.25);
  const gap = step / 1024;
  const [low, high] = bounds(schema, whole ? step : gap);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  // A range too narrow for any multiple of the step of our own choice still has its middle.
  if (first > last) return whole ? Math.ceil(low) : (low + high) / 2;
  return between(first, Math.min(last, first + 100), random) * step;
}

function bounds(schema: JsonObject, gap: number): [number, number] {
  const lows = [numberOf(schema.minimum), above(schema.exclusiveMinimum, gap)].filter((value) => value !== undefined);
  const highs = [numberOf(schema.maximum), above(schema.exclusiveMaximum, -gap)].filter((value) => value !== undefined);
  const low = lows.length > 0 ? Math.max(...lows) : undefined;
  const high = highs.length > 0 ? Math.min(...highs) : undefined;
  return [low ?? Math.min(0, (high ?? 0) - 100), high ?? Math.max(100, (low ?? 0) + 100)];
}

function above(limit: unknown, gap: number): number | undefined {
  const number = numberOf(limit);
  return number === undefined ? undefined : number + gap;
}
