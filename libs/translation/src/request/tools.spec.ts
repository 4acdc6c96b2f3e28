import { describe, expect, it } from 'vitest';
import type { OllamaTool } from '#contracts';
import { toOpenAiTools } from './tools.js';

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

describe('tools', () => {
  it('are functions with their schema', () => {
    const tool = { type: 'function', function: { name: 'weather', description: 'Reads it.', parameters: schema } };

    expect(toOpenAiTools([tool])).toEqual([tool]);
  });

  it.each(['local_tool', 'remote_tool', undefined])(
    'may have the type %s, as long as they declare a function',
    (type) => {
      const tool = { ...(type && { type }), function: { name: 'f', parameters: schema } };

      expect(toOpenAiTools([tool])).toEqual([{ type: 'function', function: { name: 'f', parameters: schema } }]);
    },
  );

  it.each([
    [undefined, { type: 'object', properties: {} }],
    [null, { type: 'object', properties: {} }],
    [{}, { type: 'object', properties: {} }],
    [{ type: 'object' }, { type: 'object', properties: {} }],
    [
      { type: 'object', properties: null },
      { type: 'object', properties: {} },
    ],
    [{ properties: schema.properties }, { type: 'object', properties: schema.properties }],
    [
      { $schema: 'x', additionalProperties: false, ...schema },
      { $schema: 'x', additionalProperties: false, ...schema },
    ],
    [
      { $defs: { a: { type: 'string' } }, ...schema },
      { $defs: { a: { type: 'string' } }, ...schema },
    ],
  ])('have an object schema for %j', (parameters, expected) => {
    const [tool] = toOpenAiTools([{ function: { name: 'f', parameters: parameters as Record<string, unknown> } }]);

    expect(tool?.function.parameters).toEqual(expected);
  });

  it.each<OllamaTool>([{ function: { name: '' } }, { type: 'x', function: { name: '' } }])(
    'leave out %j, which declares no function',
    (tool) => {
      expect(toOpenAiTools([tool, { function: { name: 'f' } }])).toHaveLength(1);
    },
  );

  it('have no description when it is empty', () => {
    const [tool] = toOpenAiTools([{ function: { name: 'f', description: '' } }]);

    expect(tool?.function).not.toHaveProperty('description');
  });

  it('are not changed by it', () => {
    const parameters = Object.freeze({ properties: Object.freeze({}) });

    expect(() => toOpenAiTools([{ function: { name: 'f', parameters } }])).not.toThrow();
  });
});
