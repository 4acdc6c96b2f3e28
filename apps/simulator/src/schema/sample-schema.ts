import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '#primitives';
import { numberOf } from '../json.js';
import type { JsonObject } from '../json.js';
import type { Place, PromptValues } from '../prompt/prompt-values.js';
import { between } from '../text/random.js';
import type { Random } from '../text/random.js';
import { mergeAll, resolveReference } from './schema-references.js';
import { sampleNumber } from './sample-number.js';
import { sampleString } from './sample-string.js';

interface Sampler {
  root: unknown;
  random: Random;
  prompt: PromptValues | undefined;
  /** How many values the prompt has given. */
  found: number;
}

/** Below this depth only what a schema demands is made, so that recursive schemas end. */
const RICH_DEPTH = 4;
const HARD_LIMIT = 40;

/**
 * Makes a value that satisfies a JSON schema; the same numbers make the same value. Properties whose values stand in
 * the prompt have these; beside such a property, optional ones that do not are left out.
 */
export function sampleSchema(schema: unknown, random: Random, prompt?: PromptValues): unknown {
  return sample(schema, { root: schema, random, prompt, found: 0 }, 0);
}

function sample(schema: unknown, sampler: Sampler, depth: number, place?: Place): unknown {
  if (!isRecord(schema)) return schema === false ? null : 'anything';
  if (depth > HARD_LIMIT) return null;
  if ('const' in schema) return schema.const;
  const choices = schema.enum;
  if (Array.isArray(choices)) {
    return take(sampler, place && sampler.prompt?.choice(choices)) ?? pickFrom(choices, sampler.random);
  }
  const simpler = simplify(schema, sampler, depth);
  if (simpler !== undefined) return sample(simpler, sampler, depth + 1, place);
  return take(sampler, place && fromPrompt(schema, sampler.prompt, place)) ?? sampleType(schema, sampler, depth);
}

/** Counts a value that the prompt has given. */
function take(sampler: Sampler, value: unknown): unknown {
  if (value !== undefined) sampler.found += 1;
  return value;
}

function pickFrom(choices: readonly unknown[], random: Random): unknown {
  return choices[Math.floor(random() * choices.length)];
}

function fromPrompt(schema: JsonObject, prompt: PromptValues | undefined, place: Place): unknown {
  const type = typeOf(schema);
  switch (type) {
    case 'string':
      return prompt?.string(schema, place);
    case 'integer':
    case 'number':
      return prompt?.number(schema, type === 'integer', place);
    case 'array':
      return isRecord(schema.items) && !Array.isArray(schema.prefixItems)
        ? numbersFromPrompt(schema, schema.items, prompt)
        : undefined;
    default:
      return undefined;
  }
}

function numbersFromPrompt(schema: JsonObject, items: JsonObject, prompt: PromptValues | undefined): unknown {
  const type = typeOf(items);
  return type === 'integer' || type === 'number' ? prompt?.allNumbers(schema, items, type === 'integer') : undefined;
}

/** The schema with one reference or combination resolved; undefined when it has none. */
function simplify(schema: JsonObject, sampler: Sampler, depth: number): unknown {
  if ('$ref' in schema) return withReference(schema, sampler);
  if (Array.isArray(schema.allOf)) return withAllOf(schema, schema.allOf, sampler);
  const key = ['anyOf', 'oneOf'].find((name) => Array.isArray(schema[name]));
  return key && withBranch(schema, key, chooseBranch(schema[key] as unknown[], depth));
}

function withReference(schema: JsonObject, sampler: Sampler): unknown {
  const { $ref, ...rest } = schema;
  const target = resolveReference($ref, sampler.root);
  return isRecord(target) ? mergeAll([target, rest]) : target;
}

function withAllOf(schema: JsonObject, parts: unknown[], sampler: Sampler): JsonObject {
  const resolved = parts.map((part) => (isRecord(part) && '$ref' in part ? withReference(part, sampler) : part));
  return mergeAll([without(schema, 'allOf'), ...resolved.filter(isRecord)]);
}

function withBranch(schema: JsonObject, key: string, branch: unknown): unknown {
  const rest = without(schema, key);
  return isRecord(branch) ? mergeAll([rest, branch]) : rest;
}

function without(schema: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key));
}

/** The first branch; deep inside, one that ends the recursion. */
function chooseBranch(branches: unknown[], depth: number): unknown {
  if (depth <= RICH_DEPTH) return branches[0];
  const text = branches.map((branch) => JSON.stringify(branch));
  return branches[text.findIndex((entry) => !entry.includes('$ref'))] ?? branches[0];
}

function sampleType(schema: JsonObject, sampler: Sampler, depth: number): unknown {
  switch (typeOf(schema)) {
    case 'object':
      return sampleObject(schema, sampler, depth);
    case 'array':
      return sampleArray(schema, sampler, depth);
    case 'integer':
      return sampleNumber(schema, true, sampler.random);
    case 'number':
      return sampleNumber(schema, false, sampler.random);
    case 'boolean':
      return sampler.random() < 0.5;
    case 'null':
      return null;
    default:
      return sampleString(schema, sampler.random);
  }
}

/** Keywords that imply the type of a schema without `type`. */
const TELLING: Record<string, readonly string[]> = {
  object: ['properties', 'required', 'additionalProperties', 'minProperties'],
  array: ['items', 'prefixItems', 'minItems'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};

function typeOf(schema: JsonObject): unknown {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((name) => name !== 'null') ?? 'null';
  return type ?? Object.keys(TELLING).find((name) => TELLING[name]?.some((keyword) => keyword in schema));
}

function sampleObject(schema: JsonObject, sampler: Sampler, depth: number): JsonObject {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const names = new Set([...required, ...(depth < RICH_DEPTH ? Object.keys(properties) : [])]);
  const extra = schema.additionalProperties;
  for (let next = 1; names.size < (numberOf(schema.minProperties) ?? 0); next++) names.add(nameOf(properties, next));
  const before = sampler.found;
  const members = [...names].map((name) => {
    const found = sampler.found;
    const place = { name, required: required.includes(name) };
    const value = sample(properties[name] ?? extra ?? {}, sampler, depth + 1, place);
    return { name, value, isWanted: place.required || sampler.found > found };
  });
  const isSelective = sampler.found > before && schema.minProperties === undefined;
  return Object.fromEntries(
    members.filter(({ isWanted }) => isWanted || !isSelective).map(({ name, value }) => [name, value]),
  );
}

/** A name for another property: a declared one while there are any, then a made-up one. */
function nameOf(properties: JsonObject, next: number): string {
  return Object.keys(properties)[next - 1] ?? `key${next}`;
}

function sampleArray(schema: JsonObject, sampler: Sampler, depth: number): unknown[] {
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const length = lengthOf(schema, Math.max(prefix.length, depth < RICH_DEPTH ? between(1, 2, sampler.random) : 0));
  const items: unknown[] = [];
  for (let tries = 0; items.length < length && tries < length * 50; tries++) {
    const value = sample(prefix[items.length] ?? schema.items ?? {}, sampler, depth + 1);
    if (!schema.uniqueItems || !items.some((item) => isDeepStrictEqual(item, value))) items.push(value);
  }
  return items;
}

/** The wished length, inside the bounds of the schema. */
function lengthOf({ minItems, maxItems }: JsonObject, wish: number): number {
  return Math.min(Math.max(wish, numberOf(minItems) ?? 0), numberOf(maxItems) ?? Infinity);
}
