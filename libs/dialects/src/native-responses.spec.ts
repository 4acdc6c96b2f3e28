import { describe, expect, it } from 'vitest';
import { findDialect } from './dialect.js';
import { adaptNativeResponses, nativeAdaptationsFor, refusesForms } from './native-responses.js';

const dialect = findDialect('openai')!;
const profile = { dialect, adaptations: [] };
const refusal = (message: string, param: string | null = null, status = 400) => ({
  status,
  body: JSON.stringify({ error: { message, type: 'invalid_request_error', param, code: 'invalid_value' } }),
});
const drop = (field: string) => ({ kind: 'drop', field }) as const;

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' };
const hi = { role: 'user', content: 'Hi' };
const body = {
  model: 'm',
  input: [reasoning, hi],
  include: ['reasoning.encrypted_content'],
  reasoning: { summary: 'auto' },
};

describe('optional parts of a request of the Responses API', () => {
  it.each([
    [[drop('include')], { model: 'm', input: [reasoning, hi], reasoning: { summary: 'auto' } }],
    [[drop('reasoning.summary')], { model: 'm', input: [reasoning, hi], include: body.include }],
    [[drop('reasoning_details')], { ...body, input: [hi] }],
    [[drop('include'), drop('reasoning.summary')], { model: 'm', input: [reasoning, hi] }],
  ])('are left out: %j', (adaptations, adapted) => {
    expect(adaptNativeResponses(body, adaptations)).toEqual(adapted);
  });

  it('keep what stands beside them', () => {
    const more = { include: ['a', 'reasoning.encrypted_content'], reasoning: { summary: 'auto', effort: 'low' } };
    expect(adaptNativeResponses(more, [drop('include'), drop('reasoning.summary')])).toEqual({
      include: ['a'],
      reasoning: { effort: 'low' },
    });
  });

  it.each([[[]], [[drop('seed'), drop('include')]], [[drop('constructor')]]])(
    'are the same object where there are none: %j',
    (adaptations) => {
      const plain = { model: 'm', input: 'Hi', seed: 1 };
      expect(adaptNativeResponses(plain, adaptations)).toBe(plain);
    },
  );

  it.each([
    [refusal('Encrypted content is not supported with this model.', 'include'), ['include']],
    [
      refusal("Unsupported parameter: 'reasoning.summary' is not supported.", 'reasoning.summary'),
      ['reasoning.summary'],
    ],
    [refusal('The encrypted content for item rs_1 could not be verified.'), ['reasoning_details']],
    [refusal('Your organization must be verified.'), []],
    [refusal('Encrypted content is not supported with this model.', 'include', 500), []],
  ])('follow from %j', (rejection, fields) => {
    const found = nativeAdaptationsFor(body, rejection, profile);
    expect(found.map(({ adaptation }) => adaptation)).toEqual(fields.map(drop));
  });

  it('are left out once', () => {
    const rejection = refusal('Encrypted content is not supported with this model.', 'include');
    expect(nativeAdaptationsFor({ model: 'm', input: 'Hi' }, rejection, profile)).toEqual([]);
    expect(nativeAdaptationsFor(body, rejection, { dialect, adaptations: [drop('include')] })).toEqual([]);
  });
});

describe('forms of tools that a server does not know', () => {
  const tool = { type: 'function', name: 'f', parameters: { type: 'object' } };
  const namespace = { type: 'namespace', name: 'n', tools: [tool] };
  const sent = { model: 'm', input: 'Hi', tools: [tool, namespace, { type: 'web_search' }] };

  it.each([
    refusal("Invalid value: 'namespace'. Supported values are: 'function'.", 'tools[1].type'),
    refusal('Field required', 'tools[1].parameters', 422),
    refusal('unsupported tool type'),
    { status: 400, body: '{"detail":[{"loc":["body","tools",2,"name"],"msg":"Field required"}]}' },
    refusal("'type' of tool must be 'function'"),
  ])('are refused by %j', (rejection) => {
    expect(refusesForms(sent, rejection)).toBe(true);
  });

  it.each([
    [{ ...sent, tools: [tool] }, refusal('unsupported tool type')],
    [sent, refusal('Invalid schema', 'tools[0].parameters')],
    [sent, refusal('unsupported tool type', null, 500)],
    [sent, refusal('The model is overloaded.')],
    [sent, refusal('Invalid value', 'temperature')],
  ])('are not what is refused: %#', (body, rejection) => {
    expect(refusesForms(body, rejection)).toBe(false);
  });

  it('are also those of items', () => {
    const item = { type: 'custom_tool_call', call_id: 'a', name: 'f', input: 'x' };
    const rejection = refusal('unknown input item type: "custom_tool_call"');
    expect(refusesForms({ model: 'm', input: [item] }, rejection)).toBe(true);
    expect(refusesForms({ model: 'm', input: [hi] }, rejection)).toBe(false);
  });
});
