import type { MockInstance } from 'vitest';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { z } from 'zod';
import type { SimulatorOptions } from '../../apps/simulator/src/simulator.js';
import { until } from '../support/ask.js';
import type { Setup } from '../support/with-proxy.js';
import { withProxy } from '../support/with-proxy.js';

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

function toSchema(schema: z.ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  return rest as { type: 'object'; properties: Record<string, never>; required: string[] };
}

/** A function a model can call; it takes nothing but what its schema says, and remembers what it answered. */
export class Tool<S extends z.ZodType = z.ZodType> {
  readonly results: string[] = [];
  readonly parameters;

  constructor(
    readonly name: string,
    readonly description: string,
    readonly schema: S,
    private readonly answer: (input: z.infer<S>) => string,
  ) {
    this.parameters = toSchema(schema);
  }

  readonly run = (input: unknown): string => {
    const result = this.answer(this.schema.parse(input));
    this.results.push(result);
    return result;
  };

  /** In the form of the Ollama and the OpenAI API. */
  get definition() {
    const { name, description, parameters } = this;
    return { type: 'function' as const, function: { name, description, parameters } };
  }
}

/** Two functions; a model calls those that the user names. */
export function makeTools() {
  const weather = new Tool(
    'get_weather',
    'Tells the weather of a city',
    z.strictObject({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']) }),
    ({ city, unit }) => `sunny in ${city}, 21 ${unit}`,
  );
  const clock = new Tool(
    'get_time',
    'Tells the time of a zone',
    z.strictObject({ zone: z.enum(['UTC', 'CET']), seconds: z.boolean() }),
    ({ zone, seconds }) => (seconds ? `12:30:15 in ${zone}` : `12:30 in ${zone}`),
  );
  return { weather, clock, all: [weather, clock] };
}

export const ASK_ONE = 'What does get_weather say?';
export const ASK_TWO = 'What do get_weather and get_time say?';

/** Each function was called once, and the answer quotes each under its own name. */
export function expectQuoted(answer: string, ...tools: Tool[]): void {
  for (const { name, results } of tools) {
    expect(results, name).toHaveLength(1);
    expect(answer).toContain(`The tool ${name} says: "${String(results[0])}".`);
  }
}

/** The same for clients that send results without names and without the calls: whose they are is lost. */
export function expectQuotedNameless(answer: string, ...tools: Tool[]): void {
  for (const { results } of tools) {
    expect(results).toHaveLength(1);
    expect(answer).toContain(` says: "${String(results[0])}".`);
  }
}

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

/** What an embedding of three texts has to be like. */
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
  /** Whether the backend's last connection is dropped within a quarter of a second. */
  freed(): Promise<boolean>;
}

/** A backend that refuses whatever the OpenAI API would refuse, and tells nothing of its models. */
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
    freed: { value: () => until(() => setup.simulator.requests.at(-1)?.aborted === true, 250) },
  });
}
