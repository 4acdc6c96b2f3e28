import { describe, expect, it } from 'vitest';
import type { Adaptation } from './adaptation.js';
import { findDialect } from './dialect.js';
import { adaptationsFor } from './learn.js';

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

const learnt = (
  body: string,
  status = 400,
  name = 'plain',
  adaptations: Adaptation[] = [],
  sent: Record<string, unknown> = SENT,
) => adaptationsFor(sent, { status, body }, { dialect: findDialect(name)!, adaptations });

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
    ["Invalid 'stop': array too long. Expected an array with maximum length 4", [{ kind: 'stops', most: 4 }]],
    ["'stop' is not supported with this model", [{ kind: 'drop', field: 'stop' }]],
    ["reasoning_effort does not support 'none'", [{ kind: 'effort', value: 'none', instead: 'minimal' }]],
    ['response_format json_schema is not supported', [{ kind: 'schema', by: 'object' }]],
    [
      "Invalid schema for response_format: 'additionalProperties' is required to be false",
      [{ kind: 'schema', by: 'strict' }],
    ],
    ['Tool call id was x but must be a-z, A-Z, 0-9, with a length of 9', [{ kind: 'tool ids' }]],
    [
      "Unsupported value: 'messages[0].role' does not support 'system' with this model",
      [{ kind: 'system role', role: 'user' }],
    ],
    ['System message must be at the beginning', [{ kind: 'one system' }]],
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
