import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../test/support.js';
import { createRandom } from '../text/random.js';
import { sampleSchema } from './sample-schema.js';

const tree = {
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        children: { type: 'array', items: { $ref: '#/$defs/node' }, minItems: 0 },
      },
      required: ['name', 'children'],
      additionalProperties: false,
    },
  },
};

const list = {
  type: 'object',
  properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
  required: ['value', 'next'],
};

const schemas = [
  { const: { a: [1] } },
  { enum: ['x', 3, null] },
  { type: ['null', 'integer'], minimum: 3, exclusiveMaximum: 5 },
  { type: 'number', exclusiveMinimum: 0, maximum: 0.1 },
  { type: 'integer', multipleOf: 7, minimum: 8 },
  { type: 'string', minLength: 30, maxLength: 31 },
  { type: 'string', maxLength: 2 },
  { type: 'array', items: { type: 'boolean' }, minItems: 5, maxItems: 5 },
  { type: 'array', items: { enum: [1, 2, 3] }, minItems: 3, uniqueItems: true },
  { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], minItems: 3, items: { type: 'null' } },
  { properties: { a: { const: 1 }, b: { type: 'string' } }, required: ['a', 'c'] },
  { type: 'object', minProperties: 3, additionalProperties: { type: 'integer' } },
  {
    allOf: [
      { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
      { properties: { b: { type: 'null' } }, required: ['b'] },
    ],
  },
  { oneOf: [{ type: 'object', properties: { kind: { const: 'one' } }, required: ['kind'] }, { type: 'string' }] },
  {
    definitions: { age: { type: 'integer', minimum: 1 } },
    type: 'object',
    properties: { age: { $ref: '#/definitions/age' } },
    required: ['age'],
  },
  tree,
  list,
];

describe('sample of a schema', () => {
  it.each(schemas)('satisfies %j', (schema) => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (seed) => {
        const value = sampleSchema(schema, createRandom(seed));
        expect(satisfies(value, schema, schema), JSON.stringify(value)).toBe(true);
      }),
    );
  });

  it('satisfies random schemas', () => {
    fc.assert(
      fc.property(anySchema, fc.integer({ min: 0 }), (schema, seed) => {
        const value = sampleSchema(schema, createRandom(seed));
        expect(satisfies(value, schema, schema), JSON.stringify(value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same for the same numbers', () => {
    expect(sampleSchema(tree, createRandom(7))).toEqual(sampleSchema(tree, createRandom(7)));
  });

  it.each([
    ['date', /^\d{4}-\d\d-\d\d$/],
    ['date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
    ['email', /^\S+@\S+\.\S+$/],
    ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['uri', /^https:\/\//],
  ])('has the format %s', (format, pattern) => {
    expect(sampleSchema({ type: 'string', format }, createRandom(3))).toMatch(pattern);
  });

  it.each([true, {}, undefined, { $ref: '#/nowhere' }, { $ref: '#' }])('copes with %j', (schema) => {
    expect(() => sampleSchema(schema, createRandom(1))).not.toThrow();
  });
});

const { schema: anySchema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom({ type: 'boolean' }, { type: 'null' }, { enum: ['a', 1] }, { const: 5 }),
    fc.record(
      { type: fc.constant('integer'), minimum: fc.integer({ min: -1000, max: 1000 }) },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      { type: fc.constant('number'), maximum: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('string'), minLength: fc.nat(40) }, { requiredKeys: ['type'] }),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(3) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('schema'), { maxKeys: 4 }).map((properties) => ({
      type: 'object',
      properties,
      required: Object.keys(properties).slice(0, 2),
      additionalProperties: false,
    })),
  ),
}));

/** A small JSON schema validator for the keywords the simulator promises; written apart from its generator. */
function satisfies(value: unknown, schema: unknown, root: Json): boolean {
  if (typeof schema === 'boolean') return schema;
  const keywords = schema as Json;
  return Object.entries(keywords).every(
    ([keyword, rule]) => CHECKS[keyword]?.({ value, rule, schema: keywords, root }) ?? true,
  );
}

interface Check {
  value: unknown;
  rule: any; // eslint-disable-line @typescript-eslint/no-explicit-any
  schema: Json;
  root: Json;
}

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const length = (value: string) => Array.from(value).length;

const CHECKS: Record<string, (check: Check) => boolean> = {
  $ref: ({ value, rule, root }) =>
    satisfies(
      value,
      rule
        .slice(1)
        .split('/')
        .slice(1)
        .reduce((at: Json, step: string) => at[step], root),
      root,
    ),
  type: ({ value, rule }) => [rule].flat().some((type) => hasType(value, type)),
  const: ({ value, rule }) => isDeepStrictEqual(value, rule),
  enum: ({ value, rule }) => rule.some((entry: unknown) => isDeepStrictEqual(value, entry)),
  allOf: ({ value, rule, root }) => rule.every((entry: unknown) => satisfies(value, entry, root)),
  anyOf: ({ value, rule, root }) => rule.some((entry: unknown) => satisfies(value, entry, root)),
  oneOf: ({ value, rule, root }) => rule.filter((entry: unknown) => satisfies(value, entry, root)).length === 1,
  minimum: ({ value, rule }) => typeof value !== 'number' || value >= rule,
  maximum: ({ value, rule }) => typeof value !== 'number' || value <= rule,
  exclusiveMinimum: ({ value, rule }) => typeof value !== 'number' || value > rule,
  exclusiveMaximum: ({ value, rule }) => typeof value !== 'number' || value < rule,
  multipleOf: ({ value, rule }) => typeof value !== 'number' || Number.isInteger(value / rule),
  minLength: ({ value, rule }) => typeof value !== 'string' || length(value) >= rule,
  maxLength: ({ value, rule }) => typeof value !== 'string' || length(value) <= rule,
  minItems: ({ value, rule }) => !Array.isArray(value) || value.length >= rule,
  maxItems: ({ value, rule }) => !Array.isArray(value) || value.length <= rule,
  uniqueItems: ({ value }) =>
    !Array.isArray(value) || new Set(value.map((item) => JSON.stringify(item))).size === value.length,
  prefixItems: ({ value, rule, root }) =>
    !Array.isArray(value) || value.every((item, index) => index >= rule.length || satisfies(item, rule[index], root)),
  items: ({ value, rule, schema, root }) =>
    !Array.isArray(value) || value.slice(schema.prefixItems?.length ?? 0).every((item) => satisfies(item, rule, root)),
  properties: ({ value, rule, root }) =>
    !isRecord(value) || Object.keys(rule).every((name) => !(name in value) || satisfies(value[name], rule[name], root)),
  required: ({ value, rule }) => !isRecord(value) || rule.every((name: string) => Object.hasOwn(value, name)),
  minProperties: ({ value, rule }) => !isRecord(value) || Object.keys(value).length >= rule,
  additionalProperties: ({ value, rule, schema, root }) =>
    !isRecord(value) ||
    Object.keys(value).every(
      (name) => Object.hasOwn(schema.properties ?? {}, name) || satisfies(value[name], rule, root),
    ),
};

function hasType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
