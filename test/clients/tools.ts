import { expect } from 'vitest';
import { z } from 'zod';

/** As a client would send it. */
export function toSchema(schema: z.ZodType) {
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
    'Returns the weather of a city',
    z.strictObject({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']) }),
    ({ city, unit }) => `sunny in ${city}, 21 ${unit}`,
  );
  const clock = new Tool(
    'get_time',
    'Returns the time of a zone',
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
