import type { MockInstance } from 'vitest';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { z } from 'zod';
import type { SimulatorOptions } from '../../apps/simulator/src/simulator.js';
import { until } from '../support/ask.js';
import type { Setup } from '../support/with-proxy.js';
import { withProxy } from '../support/with-proxy.js';
import { toSchema } from './tools.js';

export * from './tools.js';

/** Words, umlauts, CJK and emoji outside the BMP: several tokens, several bytes per letter. */
export const TEXT = 'Grüße aus Köln 🙂, schöne Füße. 今日は とても良い天気です。 你好，世界。 안녕하세요 👩‍👩‍👧 fin.';

/** A user's text that makes the simulator follow a script. */
export function sim(script: object, text = 'hello'): string {
  return `@sim ${JSON.stringify(script)}\n${text}`;
}

/** Makes the simulator say TEXT, slowly enough to come in several lines. */
export const SPOKEN = sim({ text: TEXT, tokenDelayMs: 3 });
/** An answer that would go on for five seconds. */
export const ENDLESS = sim({ tokens: 500, tokenDelayMs: 10 });
/** An answer that never begins. */
export const SILENT = sim({ hang: 'before-headers' });
/** An answer that breaks off after a few tokens. */
export const BROKEN = sim({ text: TEXT, tokenDelayMs: 3, errorEvent: 'Lost the GPU', after: 4 });

/** A 1×1 PNG. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const SEEN = 'I see 1 image (image/png).';

/** What the structured output tests ask for; strict, so that anything beside it fails. */
export const person = z.strictObject({
  name: z.string(),
  age: z.int(),
  tags: z.array(z.enum(['a', 'b'])),
  home: z.strictObject({ city: z.string() }),
});
export const personSchema = toSchema(person);

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** Pieces of a stream: more than one, and together exactly the text. */
export function expectSpoken(pieces: readonly string[]): void {
  expect(pieces.join('')).toBe(TEXT);
  expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(1);
}

/** Different vectors of unit length. */
export function expectUnitVectors(vectors: readonly (readonly number[])[], count: number): void {
  expect(vectors).toHaveLength(count);
  for (const vector of vectors) {
    expect(vector).toHaveLength(64);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  }
  expect(new Set(vectors.map(String)).size).toBe(count);
}

export interface Judged extends Setup {
  /** What clients wrote to the console. */
  readonly warnings: MockInstance;
  /** Whether the upstream's last connection is dropped within half a second. */
  freed(): Promise<boolean>;
}

/** An upstream that refuses whatever the OpenAI API would refuse, and lists no capabilities. */
const STRICTEST: SimulatorOptions = { dialect: 'strictest', catalogue: 'plain' };

/** A proxy in front of a simulator. Clients that warn of a line they cannot read fail the test. */
export function withJudge(simulator = STRICTEST): Judged {
  const setup = withProxy(simulator);
  let warnings: MockInstance;
  beforeEach(() => {
    warnings = vi.spyOn(console, 'warn').mockReturnValue();
  });
  afterEach(() => {
    expect(warnings.mock.calls).toEqual([]);
    warnings.mockRestore();
  });
  return Object.defineProperties({} as Judged, {
    ...Object.getOwnPropertyDescriptors(setup),
    warnings: { get: () => warnings },
    freed: { value: () => until(() => setup.simulator.requests.at(-1)?.aborted === true, 500) },
  });
}
