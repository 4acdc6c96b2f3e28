import { describe, expect, it } from 'vitest';
import type { Adaptation } from './adaptation.js';
import type { Dialect } from './dialect.js';
import { findDialect } from './dialect.js';
import { shapeRequest } from './shape-request.js';

const BASE = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true, temperature: 0, max_tokens: 5 };
const EXTRAS = { top_k: 1, min_p: 0.1, typical_p: 0.9, repeat_penalty: 1.1, repeat_last_n: 64 };
const SCHEMA = { type: 'object', properties: { a: { type: 'object', properties: { b: {} } } } };
const BY_SCHEMA = { response_format: { type: 'json_schema', json_schema: { name: 'response', schema: SCHEMA } } };

const shape = (request: object, name: string | Dialect, ...adaptations: Adaptation[]) =>
  shapeRequest(request, { dialect: typeof name === 'string' ? findDialect(name)! : name, adaptations });

describe('a shaped request', () => {
  it.each([
    ['plain', {}],
    ['llama.cpp', EXTRAS],
    ['vllm', { top_k: 1, min_p: 0.1, repetition_penalty: 1.1 }],
    ['openrouter', { top_k: 1, min_p: 0.1, repetition_penalty: 1.1 }],
  ])('has the extras that %s takes, under its names', (name, expected) => {
    expect(shape({ ...BASE, ...EXTRAS }, name).body).toStrictEqual({ ...BASE, ...expected });
  });

  it('is a new one', () => {
    const request = Object.freeze({ ...BASE, ...EXTRAS, reasoning_effort: 'low' });
    expect(() => shape(request, 'vllm')).not.toThrow();
  });

  it('sends as many stop sequences as the upstream takes, and watches for the others', () => {
    const stop = ['a', 'b', 'c', 'd', 'e'];
    expect(shape({ stop }, 'plain')).toMatchObject({ body: { stop }, watchedStops: [], toolNames: new Map() });
    expect(shape({ stop }, 'openai')).toMatchObject({
      body: { stop: ['a', 'b', 'c', 'd'] },
      watchedStops: ['e'],
      toolNames: new Map(),
    });
    expect(shape({ stop }, 'plain', { kind: 'stops', max: 2 }).watchedStops).toEqual(['c', 'd', 'e']);
    expect(shape({ stop }, 'openai-reasoning')).toMatchObject({ body: {}, watchedStops: stop, toolNames: new Map() });
  });

  it.each<[Adaptation, object, object]>([
    [{ kind: 'drop', field: 'seed' }, { seed: 1, model: 'm' }, { model: 'm' }],
    [
      { kind: 'rename', from: 'max_tokens', to: 'max_completion_tokens' },
      { max_tokens: 5 },
      { max_completion_tokens: 5 },
    ],
    [{ kind: 'thinking', by: 'none' }, { reasoning_effort: 'high' }, {}],
    [{ kind: 'effort', value: 'max', instead: 'high' }, { reasoning_effort: 'max' }, { reasoning_effort: 'high' }],
  ])('follows what was learned: %j', (learned, request, expected) => {
    expect(shape(request, 'plain', learned).body).toEqual(expected);
  });

  it('never drops a schema: what cannot be enforced goes into the prompt', () => {
    const request = { messages: [{ role: 'user', content: 'x' }], ...BY_SCHEMA };
    expect(shape(request, 'plain').body).toEqual(request);
    const asked = { role: 'system', content: expect.stringContaining(JSON.stringify(SCHEMA)) };
    expect(shape(request, 'deepseek').body).toEqual({
      messages: [asked, ...request.messages],
      response_format: { type: 'json_object' },
    });
    expect(shape(request, 'plain', { kind: 'schema', by: 'prompt' }).body).toEqual({
      messages: [asked, ...request.messages],
    });
  });

  it('closes a schema for an upstream that is strict', () => {
    const { body } = shape({ messages: [], ...BY_SCHEMA }, 'plain', { kind: 'schema', by: 'strict' });
    expect(body.response_format).toMatchObject({
      json_schema: {
        strict: true,
        schema: {
          required: ['a'],
          additionalProperties: false,
          properties: { a: { required: ['b'], additionalProperties: false } },
        },
      },
    });
  });

  it('says the word JSON where it is demanded and missing', () => {
    const json = { response_format: { type: 'json_object' } };
    const { body } = shape({ messages: [{ role: 'user', content: 'x' }], ...json }, 'openai');
    expect(body.messages).toEqual([
      { role: 'system', content: 'Answer with JSON only.' },
      { role: 'user', content: 'x' },
    ]);
    const said = [{ role: 'user', content: 'as json' }];
    expect(shape({ messages: said, ...json }, 'openai').body.messages).toEqual(said);
  });

  it('gives conversations the form that is demanded', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'system', content: 's' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1234567890', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1234567890', content: 'r' },
    ];
    const shaped = shape({ messages }, 'mistral').body.messages as typeof messages;
    expect(shaped.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
    const id = shaped[2]?.tool_calls?.[0]?.id;
    expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(shaped[3]?.tool_call_id).toBe(id);
    expect(shaped[2]?.content).toBe('');
    const merged = shape(
      {
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'a' },
        ],
      },
      'plain',
      { kind: 'system-role', role: 'user' },
    );
    expect(merged.body.messages).toEqual([{ role: 'user', content: 's\n\na' }]);
  });
});
