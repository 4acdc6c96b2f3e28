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
