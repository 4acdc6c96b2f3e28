import fc from 'fast-check';

/** Names that Ollama accepts and most upstreams do not, and few enough that some occur twice. */
const name = fc.oneof(
  fc.constantFrom('add', 'get weather', 'mcp.server/tool', 'naïve', '1st', 'a'.repeat(90), `${'a'.repeat(89)}b`, '🔧'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
);

const leaf = fc.constantFrom(
  {},
  { type: 'string' },
  { type: ['string', 'null'] },
  { type: 'array' },
  { type: 'number', minimum: 0, exclusiveMinimum: true },
  { $ref: '#/$defs/node' },
  { $ref: '#/definitions/node' },
  { $ref: '#/$defs/missing' },
  { anyOf: [{ type: 'string' }, { type: 'integer' }], default: 1 },
  { type: ['object', 'null'], properties: {} },
  { const: 'x' },
  { enum: [] },
  { type: 'string', format: 'uri', pattern: '^(?=a)' },
);

const { object } = fc.letrec<{ schema: unknown; object: object }>((tie) => ({
  schema: fc.oneof({ maxDepth: 3 }, leaf, tie('object')),
  object: fc.record(
    {
      type: fc.constant('object'),
      properties: fc.dictionary(fc.string({ maxLength: 8 }), tie('schema'), { maxKeys: 3 }),
      required: fc.array(fc.string({ maxLength: 8 }), { maxLength: 2 }),
      additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
      oneOf: fc.array(tie('schema'), { maxLength: 2 }),
      allOf: fc.array(tie('schema'), { maxLength: 2 }),
      anyOf: fc.array(tie('schema'), { maxLength: 2 }),
      $defs: fc.constant({ node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } }),
      definitions: fc.constant({ node: { type: 'array', items: { $ref: '#/definitions/node' } } }),
    },
    { requiredKeys: [] },
  ),
}));

/** Declarations of tools as programs for Ollama send them: duplicates, unions, references, draft-4, empty schemas. */
export const oddTools = fc.array(
  fc.record({
    type: fc.constant('function'),
    function: fc.record(
      {
        name,
        description: fc.string({ unit: 'grapheme', maxLength: 40 }),
        parameters: fc.oneof(object, fc.constant({})),
      },
      { requiredKeys: ['name'] },
    ),
  }),
  { maxLength: 4 },
);
