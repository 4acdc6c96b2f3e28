import { describe, expect, it } from 'vitest';
import { normalizeSchema } from './tool-schema.js';

describe('a valid schema', () => {
  it('stays as it is', () => {
    const schema = { type: 'object', properties: { town: { type: 'string', minLength: 1 } }, required: ['town'] };
    expect(normalizeSchema(schema, 'valid')).toEqual(schema);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'string'],
    ['an empty object', {}],
    ['null properties', { type: 'object', properties: null }],
    ['no type', { properties: {} }],
  ])('is made of %s', (_name, schema) => {
    expect(normalizeSchema(schema, 'valid')).toEqual({ type: 'object', properties: {} });
  });

  it.each(['anyOf', 'oneOf'])(
    'has no %s at the top: all properties stay, required is what every member requires',
    (key) => {
      const schema = {
        type: 'object',
        [key]: [
          { properties: { a: { type: 'string' }, c: { type: 'number' } }, required: ['a', 'c'] },
          { properties: { b: { type: 'string' }, c: { type: 'number' } }, required: ['b', 'c'] },
        ],
      };
      expect(normalizeSchema(schema, 'valid')).toEqual({
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'number' } },
        required: ['c'],
      });
    },
  );

  it('merges allOf at the top and requires what any member requires', () => {
    const schema = {
      allOf: [
        { properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: { type: 'string' } }, required: ['b'] },
      ],
    };
    expect(normalizeSchema(schema, 'valid')).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      required: ['a', 'b'],
    });
  });

  it('has items in every array, at any depth and in type lists', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'array' },
        b: { type: ['array', 'null'] },
        c: { anyOf: [{ type: 'array' }, { type: 'object', properties: { d: { type: 'array' } } }] },
        e: { type: 'array', items: [{ type: 'string' }, { type: 'number' }] },
      },
    };
    expect(normalizeSchema(schema, 'valid')).toEqual({
      type: 'object',
      properties: {
        a: { type: 'array', items: {} },
        b: { type: ['array', 'null'], items: {} },
        c: {
          anyOf: [
            { type: 'array', items: {} },
            { type: 'object', properties: { d: { type: 'array', items: {} } } },
          ],
        },
        e: { type: 'array', items: { type: 'string' } },
      },
    });
  });

  it('has the bounds of today in place of those of draft 4', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'number', minimum: 0, exclusiveMinimum: true },
        b: { type: 'number', maximum: 9, exclusiveMaximum: false },
      },
    };
    expect(normalizeSchema(schema, 'valid').properties).toEqual({
      a: { type: 'number', exclusiveMinimum: 0 },
      b: { type: 'number', maximum: 9 },
    });
  });

  it('has references resolved and definitions removed', () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { at: { $ref: '#/$defs/a~1b', description: 'Where.' }, no: { $ref: 'http://example.org/x' } },
      $defs: { 'a/b': { type: 'string', description: 'A place.' } },
    };
    expect(normalizeSchema(schema, 'valid')).toEqual({
      type: 'object',
      properties: { at: { type: 'string', description: 'Where.' }, no: {} },
    });
  });

  it('ends where a schema refers to itself', () => {
    const schema = {
      type: 'object',
      properties: { tree: { $ref: '#/definitions/node' } },
      definitions: { node: { type: 'object', properties: { next: { $ref: '#/definitions/node' } } } },
    };
    const text = JSON.stringify(normalizeSchema(schema, 'valid'));
    expect(text).not.toContain('$ref');
    expect(text.length).toBeLessThan(2000);
  });

  it('requires declared properties only, each once', () => {
    const schema = { type: 'object', properties: { a: {} }, required: ['a', 'a', 'b'] };
    expect(normalizeSchema(schema, 'valid').required).toEqual(['a']);
    expect(normalizeSchema({ properties: { a: {} }, required: true }, 'valid').required).toBeUndefined();
  });
});

describe('the core of a schema', () => {
  it('has no keyword that some upstream rejects', () => {
    const schema = {
      type: 'object',
      title: 'Args',
      additionalProperties: false,
      properties: {
        a: { type: ['string', 'null'], format: 'uri', pattern: '^h', default: null, enum: ['x', '', 3] },
        b: { anyOf: [{ type: 'null' }, { type: 'integer', minimum: 1 }], description: 'How many.' },
        c: { type: 'array' },
        d: { properties: { e: { const: 1 } }, patternProperties: { x: {} } },
      },
      required: ['a'],
    };
    expect(normalizeSchema(schema, 'core')).toEqual({
      type: 'object',
      properties: {
        a: { type: 'string', enum: ['x'] },
        b: { type: 'integer', description: 'How many.' },
        c: { type: 'array', items: { type: 'string' } },
        d: { type: 'object', properties: { e: { type: 'string' } } },
      },
      required: ['a'],
    });
  });
});
