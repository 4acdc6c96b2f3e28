import { describe, expect, it } from 'vitest';
import type { OpenAiMessage, OpenAiTool } from '#contracts';
import type { Adaptation } from './adaptation.js';
import { adaptationsFor, preventiveAdaptations } from './adaptation-rules.js';
import { findDialect, PLAIN } from './dialect.js';
import type { Body } from './shape-request.js';
import { adaptForwarded, shapeRequest } from './shape-request.js';

const tool = (name: string, more: object = {}): OpenAiTool => ({
  type: 'function',
  function: { name, description: 'Runs.', parameters: { type: 'object', properties: {} }, ...more },
});
const call = (id: string, name = 'f'): OpenAiMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: '{"x":1}' } }],
});
const result = (id: string, content = 'done'): OpenAiMessage => ({ role: 'tool', tool_call_id: id, content });
const user: OpenAiMessage = { role: 'user', content: 'Hi' };
const body = (fields: object): Body => ({ model: 'm', messages: [user], ...fields });
const plain = findDialect('plain')!;

function propose(text: string, sent: Body, adaptations: Adaptation[] = [], status = 400): Adaptation[] {
  const rejection = { status, body: JSON.stringify({ error: { message: text } }) };
  return adaptationsFor(sent, rejection, { dialect: plain, adaptations }).map(({ adaptation }) => adaptation);
}

const oddNames = body({ tools: [tool('get weather.v2')] });
const longDescription = body({ tools: [tool('f', { description: 'x'.repeat(3000) })] });
const manyTools = body({ tools: Array.from({ length: 200 }, (_, index) => tool(`f${String(index)}`)) });
const twins = body({ tools: [tool('f'), tool('f')] });
const called = body({ messages: [user, call('1'), result('1')] });
const longIds = body({ messages: [user, call('x'.repeat(60)), result('x'.repeat(60))] });
const formatted = body({ tools: [tool('f')], response_format: { type: 'json_object' } });
const prefilled = body({ messages: [user, { role: 'assistant', content: 'Once' }] });
const afterTool = body({ messages: [user, call('1'), result('1'), user], tools: [tool('f')] });
const emptyResult = body({ messages: [user, call('1'), result('1', '')] });
const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AA==' } };
const imageInTool = body({ messages: [user, call('1'), { ...result('1'), content: [image] }] });
const withTools = body({ tools: [tool('f')] });

const signed = body({
  messages: [
    user,
    {
      ...call('1'),
      tool_calls: [{ ...call('1').tool_calls![0]!, extra_content: { google: { thought_signature: 's' } } }],
    },
    result('1'),
  ],
});
const detailed = body({ messages: [user, { ...call('1'), reasoning_details: [{ type: 'x' }] }, result('1')] });

describe('opaque parts of earlier turns', () => {
  it.each([
    ['Corrupted thought signature.', signed],
    ['Invalid value: thought_signature is not valid.', signed],
    ['Invalid `signature` in `thinking` block', detailed],
    ['messages.1.assistant.reasoning_details: Extra inputs are not permitted', detailed],
    ["property 'reasoning_details' is unsupported", detailed],
    ['Unknown name "extra_content" at \'messages[1].tool_calls[0]\': Cannot find field.', signed],
  ])('are left out after: %s', (text, sent) => {
    const adaptations = propose(text, sent);
    expect(adaptations).toContainEqual({ kind: 'no-turn-parts' });
    const messages = shapeRequest(sent, { dialect: plain, adaptations: [{ kind: 'no-turn-parts' }] }).body.messages;
    expect(messages).toEqual(called.messages);
  });

  it('are not left out where there are none', () => {
    expect(propose('Corrupted thought signature.', called)).not.toContainEqual({ kind: 'no-turn-parts' });
  });

  it('are replaced by placeholders in the form of the dialect where they are demanded', () => {
    const adaptations: Adaptation[] = [{ kind: 'call-signatures' }];
    const shape = (name: string, sent: Body) =>
      (shapeRequest(sent, { dialect: findDialect(name)!, adaptations }).body.messages as OpenAiMessage[])[1];
    expect(shape('plain', signed)).toEqual((signed.messages as OpenAiMessage[])[1]);
    expect(shape('plain', called)?.tool_calls?.[0]?.extra_content).toBeDefined();
    expect(shape('openrouter', called)).toMatchObject({ reasoning_details: [{ id: '1' }] });
    expect(shape('openrouter', detailed)).toEqual((detailed.messages as OpenAiMessage[])[1]);
  });

  it('of the Responses API are never part of a chat request', () => {
    const sent = body({ messages: [user, { ...call('1'), responses_items: [{}] }, result('1')] });
    for (const adaptations of [[], [{ kind: 'reasoning-history' as const }]]) {
      const shaped = shapeRequest(sent, { dialect: plain, adaptations }).body;
      expect(JSON.stringify(shaped)).not.toContain('responses_items');
    }
  });
});

describe('a rejection', () => {
  it.each<[string, Body, Adaptation]>([
    [
      "Invalid 'tools[0].function.name': string does not match pattern '^[a-zA-Z0-9_-]+$'.",
      oddNames,
      { kind: 'tool-names' },
    ],
    ['tools.0.custom.name: String should match pattern', oddNames, { kind: 'tool-names' }],
    ['Invalid function name: must start with a letter or an underscore', oddNames, { kind: 'tool-names' }],
    [
      "Invalid 'tools[0].function.description': string too long. Expected a string with maximum length 1024, but got a string with length 3000",
      longDescription,
      { kind: 'tool-descriptions', max: 1024 },
    ],
    ['tool description exceeds 2000 characters', longDescription, { kind: 'tool-descriptions', max: 2000 }],
    [
      "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 200",
      manyTools,
      { kind: 'max-tools', max: 128 },
    ],
    ['The number of tools must be at most 64', manyTools, { kind: 'max-tools', max: 64 }],
    ['tools: Tool names must be unique.', twins, { kind: 'distinct-tools' }],
    [
      "Invalid schema for function 'f': schema must have type 'object' and not have 'oneOf' at the top level.",
      withTools,
      { kind: 'tool-schemas', level: 'valid' },
    ],
    [
      "Invalid schema for function 'f': array schema missing items.",
      withTools,
      { kind: 'tool-schemas', level: 'valid' },
    ],
    [
      'Invalid JSON payload received. Unknown name "exclusiveMinimum" at tools[0].function_declarations[0].parameters: Cannot find field.',
      withTools,
      { kind: 'tool-schemas', level: 'core' },
    ],
    [
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
      called,
      { kind: 'declare-tools' },
    ],
    [
      'Requests which include tool use blocks require tools= to be specified: missing tools param',
      called,
      { kind: 'declare-tools' },
    ],
    [
      "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40",
      longIds,
      { kind: 'call-ids', max: 40 },
    ],
    [
      "Function calling with a response mime type: 'application/json' is unsupported",
      formatted,
      { kind: 'format-beside-tools' },
    ],
    ['json mode cannot be combined with tool/function calling', formatted, { kind: 'format-beside-tools' }],
    [
      "Function tools with reasoning_effort are not supported for m in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
      withTools,
      { kind: 'no-effort-with-tools' },
    ],
    [
      'This model does not support assistant message prefill. The conversation must end with a user message.',
      prefilled,
      { kind: 'continuation' },
    ],
    [
      'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
      prefilled,
      { kind: 'continuation' },
    ],
    ["Unexpected role 'user' after role 'tool'", afterTool, { kind: 'assistant-after-tool' }],
    ['invalid message content type: <nil>', called, { kind: 'empty-content' }],
    ['The content field in the Message object at messages.2 is empty.', emptyResult, { kind: 'text-required' }],
    ['messages: text content blocks must be non-empty', emptyResult, { kind: 'text-required' }],
    [
      "Invalid 'messages[2]'. Image URLs are only allowed for messages with role 'user', but this message with role 'tool' contains an image URL.",
      imageInTool,
      { kind: 'plain-content' },
    ],
    [
      'thinking is enabled but reasoning_content is missing in assistant tool call message at index 1',
      called,
      { kind: 'reasoning-history' },
    ],
    ['Function call is missing a thought_signature in functionCall parts.', called, { kind: 'call-signatures' }],
    [
      '`temperature` and `top_p` cannot both be specified for this model.',
      body({ temperature: 1, top_p: 0.5 }),
      { kind: 'exclusive', field: 'top_p', with: 'temperature' },
    ],
    [
      'max_tokens is too large: 32000. This model supports at most 16384 completion tokens.',
      body({ max_tokens: 32_000 }),
      { kind: 'token-limit', max: 16_384 },
    ],
    [
      "'max_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 1200 input tokens.",
      body({ max_tokens: 32_000 }),
      { kind: 'token-limit', max: 31_568 },
    ],
  ])('%s', (text, sent, expected) => {
    // With the Responses API out of the question, as at most upstreams.
    expect(propose(text, sent, [{ kind: 'api', name: 'chat' }])).toContainEqual(expected);
  });

  it.each<[string, Body]>([
    ['of a name that is portable already', body({ tools: [tool('get_weather')] })],
    ['of ids that fit', called],
  ])('%s leads to no repair', (_case, sent) => {
    expect(propose("Invalid 'tools[0].function.name' or tool_call_id", sent)).toEqual([]);
  });

  it('of a schema that was normalized leads to its core, and then no further', () => {
    const text = "Invalid schema for function 'f'";
    const valid: Adaptation = { kind: 'tool-schemas', level: 'valid' };
    expect(propose(text, withTools, [valid])).toEqual([{ kind: 'tool-schemas', level: 'core' }]);
    expect(propose(text, withTools, [valid, { kind: 'tool-schemas', level: 'core' }])).toEqual([]);
  });

  it('by a chat template counts also with status 500', () => {
    const sent = body({ messages: [user, { role: 'system', content: 'x' }] });
    const text = 'Jinja Exception: System message must be at the beginning.';
    expect(propose(text, sent, [], 500)).toEqual([{ kind: 'single-system' }]);
    expect(propose('out of memory', sent, [], 500)).toEqual([]);
  });
});

describe('a repaired request', () => {
  const shape = (sent: Body, ...adaptations: Adaptation[]) => shapeRequest(sent, { dialect: plain, adaptations });

  it('has portable names, and the way back', () => {
    const { body: sent, toolNames } = shape(oddNames, { kind: 'tool-names' });
    const [
      {
        function: { name },
      },
    ] = sent.tools as [OpenAiTool];
    expect(name).toMatch(/^[\w-]+$/);
    expect(toolNames.get(name)).toBe('get weather.v2');
  });

  it('has its format in the prompt beside tools, and as it was without them', () => {
    const beside: Adaptation = { kind: 'format-beside-tools' };
    expect(shape(formatted, beside).body).not.toHaveProperty('response_format');
    expect(JSON.stringify(shape(formatted, beside).body.messages)).toContain('JSON');
    const alone = body({ response_format: { type: 'json_object' } });
    expect(shape(alone, beside).body).toHaveProperty('response_format');
  });

  it('keeps a smaller token limit and a single sampling field', () => {
    const limit: Adaptation = { kind: 'token-limit', max: 100 };
    expect(shape(body({ max_tokens: 500 }), limit).body.max_tokens).toBe(100);
    expect(shape(body({ max_tokens: 50 }), limit).body.max_tokens).toBe(50);
    const exclusive: Adaptation = { kind: 'exclusive', field: 'top_p', with: 'temperature' };
    expect(shape(body({ temperature: 1, top_p: 0.5 }), exclusive).body).not.toHaveProperty('top_p');
    expect(shape(body({ top_p: 0.5 }), exclusive).body).toHaveProperty('top_p', 0.5);
  });

  it('returns reasoning and signatures of earlier calls only where they are demanded', () => {
    const sent = body({ messages: [user, { ...call('1'), reasoning_content: 'Deep.' }, result('1')] });
    const messageOf = (...adaptations: Adaptation[]) =>
      (shape(sent, ...adaptations).body.messages as OpenAiMessage[])[1];
    expect(messageOf()).not.toHaveProperty('reasoning_content');
    expect(messageOf({ kind: 'reasoning-history' })).toHaveProperty('reasoning_content', 'Deep.');
    expect(messageOf({ kind: 'call-signatures' })?.tool_calls?.[0]).toHaveProperty('extra_content.google');
  });
});

describe('a forwarded request', () => {
  it('changes only in what was rejected', () => {
    const sent: Body = body({
      temperature: 0.1,
      top_k: 5,
      stop: 'x',
      user: 'u',
      stream_options: { include_usage: true },
    });
    const adapted = adaptForwarded(sent, { dialect: plain, adaptations: [{ kind: 'drop', field: 'temperature' }] });
    const { temperature: _dropped, ...rest } = sent;
    expect(adapted).toEqual(rest);
  });

  it('is not changed where the reply would have to be', () => {
    const adaptations: Adaptation[] = [{ kind: 'tool-names' }, { kind: 'stops', max: 1 }];
    const sent = { ...oddNames, stop: ['a', 'b'] };
    expect(adaptForwarded(sent, { dialect: plain, adaptations })).toEqual(sent);
  });
});

describe('a model without chat template', () => {
  const sent = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
  const kindsOf = (status: number, message: string, body = sent): string[] =>
    adaptationsFor(
      body,
      { status, body: JSON.stringify({ error: { message } }) },
      { dialect: PLAIN, adaptations: [] },
    ).map(({ adaptation }) => adaptation.kind);

  it.each([
    [400, 'default chat template is no longer allowed, so you must provide a chat template'],
    [400, 'Cannot use chat template functions because tokenizer.chat_template is not set'],
    [400, 'The tokenizer of this model does not have a chat template'],
    [500, 'No chat template found for model base-7b'],
    [400, 'Model base-7b does not support chat completions'],
    [
      404,
      'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean v1/completions?',
    ],
    [400, 'chat is not supported by this model'],
    [400, 'This model only supports text completions; use /v1/completions instead'],
    [422, 'chat_template: missing'],
  ])('is what %i "%s" is about', (status, message) => {
    expect(kindsOf(status, message)).toContain('completions');
  });

  it.each([
    [404, 'This model is only supported in v1/responses and not in v1/chat/completions.'],
    [500, 'Error rendering chat template: roles must alternate user/assistant'],
    [400, 'chat_template_kwargs is not supported'],
    [404, 'The model is not found; it does not support anything'],
    [400, 'This model does not support chat completions with tools'],
  ])('is not what %i "%s" is about', (status, message) => {
    expect(kindsOf(status, message)).not.toContain('completions');
  });
});

describe('the last try', () => {
  const kindsFor = (sent: Body, adaptations: Adaptation[] = []): string[] =>
    preventiveAdaptations(sent, { dialect: plain, adaptations }).map(({ adaptation }) => adaptation.kind);

  it('is without anything that some upstream rejects', () => {
    const sent = body({
      messages: [call('1'), result('1'), { role: 'user', content: '' }, { role: 'assistant', content: 'Once' }],
      tools: [tool('a b'), tool('a b')],
    });
    expect(kindsFor(sent).toSorted()).toEqual(
      [
        'alternate',
        'assistant-after-tool',
        'continuation',
        'declare-tools',
        'distinct-tools',
        'empty-content',
        'single-system',
        'text-required',
        'tool-names',
        'tool-schemas',
        'user-first',
      ].toSorted(),
    );
  });

  it('changes this request only, and nothing twice', () => {
    const proposed = preventiveAdaptations(prefilled, { dialect: plain, adaptations: [] });
    expect(new Set(proposed.map(({ retention }) => retention))).toEqual(new Set(['request']));
    expect(kindsFor(prefilled, [{ kind: 'continuation' }])).not.toContain('continuation');
    expect(kindsFor(body({ input: 'x', messages: undefined }))).toEqual([]);
  });
});

it.each([
  [
    [call('1'), result('1'), user],
    ['alternate', 'assistant-after-tool', 'user-first'],
  ],
  [[user, user], ['alternate']],
])('roles that have to alternate concern calls and the first message, too', (messages, kinds) => {
  const text = 'conversation roles must alternate user/assistant/user/assistant/...';
  expect(propose(text, body({ messages })).map(({ kind }) => kind)).toEqual(kinds);
});
