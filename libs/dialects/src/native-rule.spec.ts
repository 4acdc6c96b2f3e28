import { expect, it } from 'vitest';
import { applyNativeRule } from './native-rule.js';

const rule = {
  defaults: { temperature: 0.2, seed: 1, max_tokens: 900 },
  clamps: { max_tokens: { max: 500 }, top_p: { max: 0.5 } },
  system: 'Be brief.',
  drop: ['stop', 'metadata'],
  extraBody: { user: 'proxy' },
};
const turns = [{ role: 'user', content: 'Hi' }];

it.each([
  [
    'messages' as const,
    { messages: turns, top_p: 1, stop_sequences: ['x'], metadata: {}, max_tokens: 1000 },
    { messages: turns, top_p: 0.5, temperature: 0.2, max_tokens: 500, system: 'Be brief.', user: 'proxy' },
  ],
  [
    'responses' as const,
    { input: turns, top_p: 1, metadata: {}, temperature: 1 },
    { input: turns, top_p: 0.5, temperature: 1, max_output_tokens: 500, instructions: 'Be brief.', user: 'proxy' },
  ],
  [
    'responses' as const,
    { input: [{ role: 'developer', content: 'Own' }] },
    { input: [{ role: 'developer', content: 'Own' }], temperature: 0.2, max_output_tokens: 500, user: 'proxy' },
  ],
  [
    'messages' as const,
    { messages: turns, system: [{ type: 'text', text: 'Own' }], max_tokens: 5 },
    { messages: turns, system: [{ type: 'text', text: 'Own' }], max_tokens: 5, temperature: 0.2, user: 'proxy' },
  ],
])('changes a request of %s as those of chat completions: %j', (api, body, expected) => {
  expect(applyNativeRule(api, body, rule)).toEqual(expected);
});

const schema = { type: 'object' };
const format = { type: 'json_schema', json_schema: { name: 'n', schema } };
const nothing = { clamps: {}, system: undefined, drop: [], extraBody: {} };

it.each([
  [
    'responses' as const,
    { reasoning_effort: 'low', response_format: format, verbosity: 'low' },
    { reasoning: { summary: 'auto' }, text: { verbosity: 'high' } },
    {
      reasoning: { summary: 'auto', effort: 'low' },
      text: { verbosity: 'high', format: { type: 'json_schema', name: 'n', schema, strict: false } },
    },
  ],
  [
    'responses' as const,
    { reasoning_effort: 'low', response_format: { type: 'json_object' } },
    { reasoning: { effort: 'high' } },
    { reasoning: { effort: 'high' }, text: { format: { type: 'json_object' } } },
  ],
  [
    'messages' as const,
    { reasoning_effort: 'minimal', response_format: format },
    {},
    { output_config: { effort: 'low', format: { type: 'json_schema', schema } } },
  ],
  [
    'messages' as const,
    { reasoning_effort: 'none', response_format: { type: 'json_object' }, verbosity: 'low' },
    {},
    {},
  ],
])('adds what %s has in an object: %j', (api, defaults, body, expected) => {
  expect(applyNativeRule(api, body, { ...nothing, defaults })).toEqual(expected);
});

it('removes what an API has in an object', () => {
  const dropping = { ...nothing, defaults: { reasoning_effort: 'low' }, drop: ['reasoning_effort', 'response_format'] };
  const body = {
    reasoning: { effort: 'high', summary: 'auto' },
    text: { format: { type: 'json_object' } },
    input: 'Hi',
  };
  expect(applyNativeRule('responses', body, dropping)).toEqual({ reasoning: { summary: 'auto' }, input: 'Hi' });
});
