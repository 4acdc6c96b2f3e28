import { describe, expect, it } from 'vitest';
import type { Adaptation, ProposedAdaptation, Retention } from './adaptation.js';
import { findDialect } from './dialect.js';
import { isInvalidSchema } from './rejection.js';
import { adaptationsFor } from './adaptation-rules.js';

const SENT = {
  model: 'm',
  messages: [{ role: 'user', content: 'x' }],
  max_tokens: 5,
  temperature: 0.5,
  seed: 1,
  stop: ['a', 'b', 'c', 'd', 'e'],
  stream_options: { include_usage: true },
  reasoning_effort: 'none',
  response_format: { type: 'json_schema', json_schema: {} },
};

const propose = (
  body: string,
  {
    status = 400,
    name = 'plain',
    adaptations = [],
    sent = SENT,
  }: { status?: number; name?: string; adaptations?: Adaptation[]; sent?: Record<string, unknown> } = {},
): ProposedAdaptation[] => adaptationsFor(sent, { status, body }, { dialect: findDialect(name)!, adaptations });

const learnt = (
  body: string,
  status = 400,
  name = 'plain',
  adaptations: Adaptation[] = [],
  sent: Record<string, unknown> = SENT,
) => propose(body, { status, name, adaptations, sent }).map(({ adaptation }) => adaptation);

/** Retention by adaptation kind and field. */
const retentions = (body: string, sent: Record<string, unknown> = SENT): Record<string, Retention> =>
  Object.fromEntries(
    propose(body, { sent }).map(({ adaptation, retention }) => [
      'value' in adaptation && adaptation.kind === 'drop'
        ? `${adaptation.field}=${String(adaptation.value)}`
        : 'field' in adaptation
          ? adaptation.field
          : adaptation.kind,
      retention,
    ]),
  );

describe('the learning rule', () => {
  it.each<[string, Adaptation[]]>([
    [
      "property 'seed' is unsupported",
      [
        { kind: 'dialect', name: 'groq' },
        { kind: 'drop', field: 'seed' },
      ],
    ],
    [
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      [{ kind: 'dialect', name: 'openai-reasoning' }],
    ],
    ['stream_options is not supported', [{ kind: 'drop', field: 'stream_options' }]],
    ["Invalid 'stop': array too long. Expected an array with maximum length 4", [{ kind: 'stops', max: 4 }]],
    ["'stop' is not supported with this model", [{ kind: 'drop', field: 'stop' }]],
    ["reasoning_effort does not support 'none'", [{ kind: 'effort', value: 'none', instead: 'omit' }]],
    ['response_format json_schema is not supported', [{ kind: 'schema', by: 'object' }]],
    [
      "Invalid schema for response_format: 'additionalProperties' is required to be false",
      [{ kind: 'schema', by: 'strict' }],
    ],
    ['Tool call id was x but must be a-z, A-Z, 0-9, with a length of 9', [{ kind: 'tool-ids' }]],
    [
      "Unsupported value: 'messages[0].role' does not support 'system' with this model",
      [{ kind: 'system-role', role: 'user' }],
    ],
    ['System message must be at the beginning', [{ kind: 'single-system' }]],
    ['Conversation roles must alternate user/assistant', [{ kind: 'alternate' }]],
  ])('%s', (body, expected) => {
    expect(learnt(body)).toEqual(expected);
  });

  it.each([
    ["This model's maximum context length is 10 tokens, max_tokens"],
    ['content_filter: temperature'],
    ['insufficient_quota seed'],
    ['the field foo is wrong'],
    ['max_tokensx'],
  ])('learns nothing from %s', (body) => {
    expect(learnt(body)).toEqual([]);
  });

  it.each([401, 403, 429, 500, 503])('learns nothing from status %i', (status) => {
    expect(learnt("property 'seed' is unsupported", status)).toEqual([]);
  });

  it('says nothing twice', () => {
    expect(learnt('seed is refused', 400, 'plain', [{ kind: 'drop', field: 'seed' }])).toEqual([]);
  });

  it('goes from a schema over an object to the prompt, and never further', () => {
    const json = { ...SENT, response_format: { type: 'json_object' } };
    const object: Adaptation = { kind: 'schema', by: 'object' };
    expect(learnt('response_format is not supported', 400, 'plain', [object], json)).toEqual([
      { kind: 'schema', by: 'prompt' },
    ]);
  });
});

const error = (message: string, more: object = {}): string =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', ...more } });
const detail = (field: string, type: string, msg: string): string =>
  JSON.stringify({ detail: [{ type, loc: ['body', field], msg, input: 3 }] });

describe('a rejection of a field', () => {
  it.each([
    [error("Unsupported parameter: 'seed'", { param: 'seed', code: 'unsupported_parameter' })],
    [error('Unknown parameter: "seed".', { param: 'seed', code: 'unknown_parameter' })],
    [detail('seed', 'extra_forbidden', 'Extra inputs are not permitted')],
    [
      JSON.stringify({
        object: 'error',
        message:
          "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted', 'input': 1}]",
      }),
    ],
    [error('Additional properties are not allowed (`seed` was unexpected)')],
    [JSON.stringify([{ error: { code: 400, message: 'Argument not supported on this model: seed', status: 'X' } }])],
    [error("litellm.UnsupportedParamsError: the provider does not support parameters: ['seed']")],
    ['seed: this field is not currently supported'],
  ])('is kept: %s', (body) => {
    const { dialect, ...others } = retentions(body);
    expect(dialect ?? 'kept').toBe('kept');
    expect(Object.values(others).filter((each) => each !== 'kept')).toEqual([]);
    expect(dialect !== undefined || others.seed === 'kept').toBe(true);
  });

  it('is kept for camel case and for each field of a list', () => {
    const sent = { ...SENT, top_p: 0.3 };
    expect(retentions(error('topP is not supported by this model'), sent)).toEqual({ top_p: 'kept' });
    const both = JSON.stringify({
      detail: [
        { type: 'extra_forbidden', loc: ['body', 'top_p'], msg: 'Extra inputs are not permitted' },
        { type: 'less_than_equal', loc: ['body', 'temperature'], msg: 'Input should be less than or equal to 2' },
      ],
    });
    expect(propose(both, { sent, name: 'vllm' })).toEqual([
      { adaptation: { kind: 'drop', field: 'top_p' }, retention: 'kept', scope: 'all' },
      { adaptation: { kind: 'drop', field: 'temperature' }, retention: 'request', scope: 'all' },
    ]);
  });

  it('concerns requests with tools where it says so', () => {
    const sent = { ...SENT, tools: [{}], logprobs: true };
    expect(propose(error('logprobs is not supported with tools'), { sent })).toContainEqual({
      adaptation: { kind: 'drop', field: 'logprobs' },
      retention: 'kept',
      scope: 'tools',
    });
  });
});

describe('a rejection of a value', () => {
  it.each([
    [error("Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.")],
    [error('x', { param: 'temperature', code: 'decimal_above_max_value' })],
    [detail('temperature', 'less_than_equal', 'Input should be less than or equal to 2')],
    [detail('temperature', 'float_parsing', 'Input should be a valid number')],
    [error('temperature must be between 0 and 2, got 3')],
    [error('temperature is too high')],
    [error('temperature: number must be less than 2')],
    [error('Value 3 of temperature is out of range [0, 2] and not supported')],
    [error('`temperature` must be non-negative')],
    [error('The parameter temperature exceeds the allowed limit')],
  ])('changes that request only: %s', (body) => {
    expect(retentions(body, { ...SENT, temperature: 3 })).toEqual({ temperature: 'request' });
  });

  it.each([
    [
      error(
        "Unsupported value: 'temperature' does not support 3 with this model. Only the default (1) value is supported.",
      ),
    ],
    [error('temperature 3 is not supported')],
    [error('the temperature is wrong')],
  ])('has to be confirmed for other values: %s', (body) => {
    const found = retentions(body, { ...SENT, temperature: 3 });
    expect(found).toMatchObject({ temperature: 'confirmed', 'temperature=3': 'kept' });
    expect(found.dialect).not.toBe('kept');
  });

  it('lowers the token limit and never renames it', () => {
    const body = error('max_tokens is too large: 32000. This model supports at most 16384 completion tokens.');
    expect(propose(body, { sent: { ...SENT, max_tokens: 32_000 } })).toEqual([
      { adaptation: { kind: 'token-limit', max: 16_384 }, retention: 'kept', scope: 'all' },
    ]);
  });

  it('of a schema changes that request only', () => {
    const body = error(
      "Invalid schema for response_format: In context=('properties', 'a'), 'minimum' is not permitted.",
    );
    expect(retentions(body)).toEqual({ schema: 'request' });
  });
});

describe('words of the client in a rejection', () => {
  const sent = { ...SENT, messages: [{ role: 'user', content: "property 'seed' is unsupported" }] };

  it('are ignored in the text', () => {
    expect(propose(error("Cannot answer: property 'seed' is unsupported"), { sent })).toEqual([]);
  });

  it('are ignored in the input of a validation error', () => {
    const body = JSON.stringify({
      detail: [{ type: 'x', loc: ['body', 'messages', 0], msg: 'no', input: "property 'seed' is unsupported" }],
    });
    expect(propose(body, { sent })).toEqual([]);
  });
});

describe('an invalid schema', () => {
  it.each([
    "Invalid schema for response_format 'response': In context=('properties', 'a'), 'foo' is not a valid type.",
    'Failed to convert JSON schema to grammar: Unrecognized schema: {"type":"foo"}',
    'JSON schema conversion failed: unresolved $ref #/definitions/x',
  ])('is recognised: %s', (message) => {
    expect(isInvalidSchema(error(message), SENT)).toBe(true);
  });

  it.each([
    'response_format json_schema is not supported',
    "Invalid schema for response_format: 'additionalProperties' is required to be false",
    "Invalid schema for function 'f': array schema missing items",
    "'temperature' is too high",
  ])('is not %s', (message) => {
    expect(isInvalidSchema(error(message), SENT)).toBe(false);
  });
});
