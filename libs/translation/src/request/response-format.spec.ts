import type { OllamaFormat } from '#contracts';
import { describe, expect, it } from 'vitest';
import { ProxyException } from '#errors';
import { toResponseFormat } from './response-format.js';

describe('response format', () => {
  it('is absent when the client asked for none', () => {
    expect(toResponseFormat(undefined)).toBeUndefined();
  });

  it('is an object of JSON for "json"', () => {
    expect(toResponseFormat('json')).toEqual({ type: 'json_object' });
  });

  it.each([{}, { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }])(
    'passes the schema %j on as it is, under a name',
    (schema) => {
      expect(toResponseFormat(schema)).toEqual({ type: 'json_schema', json_schema: { name: 'response', schema } });
    },
  );

  it.each([
    ['xml', String.raw`"\"xml\""`],
    ['JSON', String.raw`"\"JSON\""`],
    [5, '"5"'],
    [[], '"[]"'],
    [true, '"true"'],
  ])('refuses %j with status 500, as Ollama does', (format, quoted) => {
    const message = `invalid format: ${quoted}; expected "json" or a valid JSON Schema object`;

    expect(() => toResponseFormat(format as OllamaFormat)).toThrow(new ProxyException(message, 500));
  });
});
