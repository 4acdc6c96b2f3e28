import { describe, expect, it } from 'vitest';
import type { Adaptation } from './adaptation.js';
import { adaptationsFor } from './adaptation-rules.js';
import { PLAIN } from './dialect.js';
import type { Body } from './shape-request.js';

const user = (content: unknown): object => ({ role: 'user', content });
const call = (id: string, name = 'f') => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: '{}' } }],
});
const tool = (name: string, parameters: object = { type: 'object', properties: {} }, description = 'Runs.') => ({
  type: 'function',
  function: { name, description, parameters },
});
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };

const SCHEMAS: Body = {
  messages: [user('hi')],
  tools: [tool('f', { anyOf: [{ type: 'object' }], properties: { a: { type: 'array' }, b: { $ref: '#/$defs/x' } } })],
};
const NAMES: Body = { messages: [user('hi')], tools: [tool('get weather.v2')] };
const TWICE: Body = { messages: [user('hi')], tools: [tool('f'), tool('f')] };
const LONG: Body = { messages: [user('hi')], tools: [tool('f', {}, 'x'.repeat(3000))] };
const MANY: Body = { messages: [user('hi')], tools: Array.from({ length: 200 }, (_, at) => tool(`f${at}`)) };
const UNDECLARED: Body = { messages: [user('hi'), call('1'), { role: 'tool', content: 'x', tool_call_id: '1' }] };
const LONG_ID: Body = {
  messages: [user('hi'), call('c'.repeat(80)), { role: 'tool', content: 'x', tool_call_id: 'c'.repeat(80) }],
  tools: [tool('f')],
};
const FORMAT: Body = { ...NAMES, tools: [tool('f')], response_format: { type: 'json_object' } };
const PREFILL: Body = { messages: [user('hi'), { role: 'assistant', content: 'Once' }] };
const AFTER_TOOL: Body = {
  messages: [user('hi'), call('1'), { role: 'tool', content: 'x', tool_call_id: '1' }, user('and?')],
  tools: [tool('f')],
};
const EMPTY: Body = { messages: [user('hi'), { role: 'assistant', content: '' }, user('')] };
const EMPTY_RESULT: Body = {
  messages: [user('hi'), call('1'), { role: 'tool', content: '', tool_call_id: '1' }],
  tools: [tool('f')],
};
const ASSISTANT_FIRST: Body = { messages: [{ role: 'assistant', content: 'hello' }, user('hi')] };
const SYSTEM_LATE: Body = { messages: [user('hi'), { role: 'system', content: 's' }, user('x')] };
const SYSTEM: Body = { messages: [{ role: 'system', content: 's' }, user('x')] };
const SAME_ROLE: Body = { messages: [user('hi'), user('there')] };
const PARTS: Body = {
  messages: [user('hi'), call('1'), { role: 'tool', content: [{ type: 'text', text: 'x' }, image], tool_call_id: '1' }],
  tools: [tool('f')],
};
const NULL: Body = {
  messages: [user('hi'), call('1'), { role: 'tool', content: 'x', tool_call_id: '1' }],
  tools: [tool('f')],
};

/** Invented, in the style of many upstreams: what each is about decides, not its sentence. */
const WORDINGS: readonly (readonly [Adaptation['kind'], Body, readonly string[]])[] = [
  [
    'tool-schemas',
    SCHEMAS,
    [
      "Invalid schema for function 'f': In context=('properties', 'a'), array schema missing items.",
      'tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level',
      '* GenerateContentRequest.tools[0].function_declarations[0].parameters.properties[a].items: missing field.',
      'Invalid JSON payload received. Unknown name "exclusiveMinimum" at \'tools[0].function_declarations[0].parameters.properties[0].value\': Cannot find field.',
      'Invalid tool parameters schema : field `anyOf`: missing field `type`',
      'The parameters of tool f must be of type object',
      "tools[0].function.parameters: 'type' must be 'object'",
      'Provided tool schema is invalid: $ref is not supported',
      'Failed to compile tool grammar: JSON schema conversion failed: Unrecognized schema: {"$ref":"#"}',
      "JSON Schema not supported: could not understand the instance `{'anyOf': []}` for tool f",
      'The value of the inputSchema of tool f is not valid draft 2020-12',
      "schema for tool 'f' has a boolean exclusiveMinimum",
      'function parameters must have properties',
    ],
  ],
  [
    'tool-names',
    NAMES,
    [
      "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
      "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
      'Invalid function name. Must start with a letter or an underscore.',
      "Function name 'get weather.v2' contains illegal characters",
      "1 validation error detected: Value at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
      'tool name may only contain letters, digits, underscores and dashes',
      'Tool name is too long or has a blank',
    ],
  ],
  [
    'distinct-tools',
    TWICE,
    [
      'Duplicate function declaration found: f',
      'tools: Tool names must be unique.',
      'The tool f is defined more than once',
      "Tool names must be unique: 'f' repeated",
      'found multiple tools with the same name: f',
    ],
  ],
  [
    'tool-descriptions',
    LONG,
    [
      "Invalid 'tools[0].function.description': string too long. Expected a string with maximum length 1024, but got a string with length 3000 instead.",
      'description of function f exceeds 1024 characters',
      'tools.0.description: String should have at most 1024 characters',
      'tool description is longer than allowed',
    ],
  ],
  [
    'max-tools',
    MANY,
    [
      "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 200 instead.",
      'too many tools: at most 64',
      'The maximum number of functions is 128',
      'You may provide up to 128 tools per request',
    ],
  ],
  [
    'declare-tools',
    UNDECLARED,
    [
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
      'Requests which include `tool_use` or `tool_result` blocks must define tools',
      'Bedrock requires `tools=` param to be specified when tool calls are in the conversation',
      'tool calls are present but no tools were provided',
      "Tool 'f' in the history is not declared in tools",
      'Unknown tool: f',
    ],
  ],
  [
    'call-ids',
    LONG_ID,
    [
      "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length 80 instead.",
      "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
      'tool_call_id must not be longer than 64 characters',
    ],
  ],
  [
    'format-beside-tools',
    FORMAT,
    [
      "Function calling with a response mime type: 'application/json' is unsupported",
      'response_format cannot be used together with tools',
      'json mode is not supported with tool use',
      'structured outputs and function calling are mutually exclusive',
      'Tools cannot be combined with json_object',
    ],
  ],
  [
    'continuation',
    PREFILL,
    [
      'This model does not support assistant message prefill. The conversation must end with a user message.',
      'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
      'The last message must have role user',
      'last message role should be `user`',
      'Cannot continue from an assistant message',
      'Assistant response prefill is incompatible with enable_thinking.',
      'Please ensure that the final turn is from the user',
      'the final message has the role assistant, which is not allowed',
    ],
  ],
  [
    'assistant-after-tool',
    AFTER_TOOL,
    [
      "Unexpected role 'user' after role 'tool'",
      'a user message cannot follow a tool message directly',
      'Role tool must be followed by role assistant, got user',
      'After a tool message, only an assistant message is allowed',
    ],
  ],
  [
    'text-required',
    EMPTY,
    [
      'messages.1: all messages must have non-empty content except for the optional final assistant message',
      'messages: text content blocks must be non-empty',
      'The text field in the ContentBlock object at messages.2.content.0 is blank. Add text to the text field, and try again.',
      'content must not be empty',
      'Assistant message must have either content or tool_calls, but not none.',
      'Unable to submit request because it must include at least one parts field',
      'Field required: messages[1].content',
      'message at index 2 has no content',
    ],
  ],
  [
    'text-required',
    EMPTY_RESULT,
    [
      'tool result content is empty',
      'messages[2].content: must be a non-empty string',
      'tool message requires content',
    ],
  ],
  [
    'user-first',
    ASSISTANT_FIRST,
    [
      'First message must be from the user',
      'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
      'the first non-system message must have role user',
      'Conversation should begin with role user',
    ],
  ],
  [
    'single-system',
    SYSTEM_LATE,
    [
      'System message must be at the beginning.',
      'Only one system message is allowed, at the start',
      'system role may appear only as the first message',
      "Unexpected role 'system' in the middle of the conversation",
    ],
  ],
  [
    'system-role',
    SYSTEM,
    [
      'System role not supported',
      'Developer instruction is not enabled for models/gemma; system messages are unsupported',
      "This model does not support 'system' messages",
      "messages[0].role: 'system' is not one of user, assistant",
    ],
  ],
  [
    'alternate',
    SAME_ROLE,
    [
      'Conversation roles must alternate user/assistant/user/assistant/...',
      'roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
      'consecutive messages with the same role are not allowed',
      'Please ensure that multiturn requests alternate between user and model',
      'Two user messages in a row',
    ],
  ],
  [
    'plain-content',
    PARTS,
    [
      "Image URLs are only allowed for messages with role 'user', but this message with role 'tool' contains an image URL.",
      'messages[2].content: tool content must be a string',
      'tool messages cannot contain images',
      'multimodal content is only supported in user messages',
    ],
  ],
  [
    'empty-content',
    NULL,
    [
      'messages.1.content: Input should be a valid string',
      "Invalid value for 'content': expected a string, got null.",
      'content may not be null',
      'None is not of type string: messages.1.content',
    ],
  ],
  [
    'exclusive',
    { messages: [user('hi')], temperature: 0.2, top_p: 0.9 },
    [
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
      'use either temperature or top_p',
      'temperature and top_p are mutually exclusive',
      'Only one of temperature, top_p may be set',
    ],
  ],
  [
    'no-effort-with-tools',
    { messages: [user('hi')], tools: [tool('f')] },
    [
      "reasoningEffort must be 'none' when tools are used",
      'tools require reasoning effort none',
      'Tool calling is only available when `reasoning.effort` is "none".',
      'This model accepts function calls with reasoningEffort none only',
    ],
  ],
  [
    'drop-in-messages',
    { messages: [{ ...user('hi'), name: 'bob', reasoning_content: 'x' }] },
    [
      "'messages.0' : property 'name' is unsupported",
      'messages[0].name: Extra inputs are not permitted',
      "property 'reasoning_content' is unsupported",
      'Unexpected field reasoning_content in messages.0',
    ],
  ],
  [
    'named-choice',
    { messages: [user('hi')], tools: [tool('f')], tool_choice: { type: 'function', function: { name: 'f' } } },
    [
      "Invalid tool_choice type: 'object'. Supported string values: none, auto, required",
      'tool_choice: Input should be a valid string',
      'named tool_choice is not supported, use "required"',
      'toolChoice must be one of auto, none, required',
    ],
  ],
  [
    'empty-tools',
    { messages: [user('hi')], tools: [], tool_choice: 'auto' },
    [
      "[] is too short - 'tools'",
      'tools: List should have at least 1 item after validation, not 0',
      "'tool_choice' is only allowed when 'tools' are specified.",
      'When using `tool_choice`, `tools` must be set.',
    ],
  ],
  [
    'thinking',
    { messages: [user('hi')], max_tokens: 100, reasoning_effort: 'high' },
    [
      '`max_tokens` must be greater than `thinking.budget_tokens`.',
      'max_tokens has to be larger than the reasoning budget',
    ],
  ],
  [
    'drop',
    { messages: [user('hi')], parallel_tool_calls: false },
    [
      "Unsupported parameter: 'parallel_tool_calls' is not supported with this model.",
      'parallelToolCalls: unknown field',
      'body.parallel_tool_calls: property is not supported',
    ],
  ],
  [
    'drop',
    { messages: [user('hi')], user: 'bob' },
    ["Unrecognized request argument supplied: 'user'", "property 'user' is unsupported"],
  ],
  [
    'drop',
    { messages: [user('hi')], presence_penalty: 0.5 },
    [
      'Model grok-4.6 does not support parameter presencePenalty.',
      'presence_penalty is not a valid field',
      'Additional properties are not allowed (presence_penalty was unexpected)',
      'Penalty is not enabled for this model: presence_penalty',
    ],
  ],
];

describe('a rejection in any words', () => {
  for (const [kind, sent, texts] of WORDINGS) {
    it.each(texts)(`leads to ${kind}: %s`, (message) => {
      const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } });
      const proposed = adaptationsFor(
        { model: 'm', ...sent },
        { status: 400, body },
        { dialect: PLAIN, adaptations: [] },
      );
      expect(proposed.map(({ adaptation }) => adaptation.kind)).toContain(kind);
    });
  }
});

it.each([
  ['The conversation must end with a user message, which is not supported', { user: 'bob' }],
  ['Unknown name "exclusiveMinimum": Cannot find field. Message by user not recognized', { user: 'bob' }],
  ['dimensions is not supported', { dimensions: 5 }],
])('no field is left out for its word, nor one that the answer needs: %s', (message, sent) => {
  const body = JSON.stringify({ error: { message } });
  const messages = [{ ...user('hi'), name: 'bob' }];
  const proposed = adaptationsFor(
    { model: 'm', messages, ...sent },
    { status: 400, body },
    { dialect: PLAIN, adaptations: [] },
  );
  const kinds = proposed.map(({ adaptation: { kind } }) => kind);
  expect(kinds.filter((kind) => kind === 'drop' || kind === 'drop-in-messages')).toEqual([]);
});

describe('a rejected effort', () => {
  it.each([
    ['none', "'none' is not supported. Supported values are: 'low', 'medium', and 'high'.", 'low'],
    [
      'max',
      "Unsupported value: 'reasoning_effort' does not support 'max'. Supported values are: 'minimal', 'low'.",
      'low',
    ],
    ['xhigh', 'reasoning_effort must be one of none, low, high', 'high'],
    ['minimal', "Invalid value: 'minimal'. reasoningEffort: expected low | high", 'low'],
    ['medium', "reasoning_effort: Input should be 'none' or 'default'", 'none'],
    ['ultra', "reasoning_effort 'ultra' is invalid; allowed values: low, medium, high", 'medium'],
    ['none', 'reasoning_effort: none is not supported by this model', 'omit'],
    ['high', "reasoning_effort does not support 'high' with this model", 'omit'],
  ])('%s, after "%s", is %s', (effort, message, instead) => {
    const sent = { model: 'm', messages: [user('hi')], reasoning_effort: effort };
    const body = JSON.stringify({ error: { message, param: 'reasoning_effort', code: 'unsupported_value' } });
    const proposed = adaptationsFor(sent, { status: 400, body }, { dialect: PLAIN, adaptations: [] });
    expect(proposed.map(({ adaptation }) => adaptation)).toContainEqual({ kind: 'effort', value: effort, instead });
  });
});

describe('a rejected value', () => {
  const VALUES: readonly (readonly [string, number])[] = [
    ['temperature', 7.5],
    ['top_p', 3],
    ['presence_penalty', -9],
    ['frequency_penalty', 12],
    ['seed', -3],
    ['top_k', 5000],
    ['top_logprobs', 400],
  ];
  const TEXTS: readonly ((field: string, value: number) => string)[] = [
    (field, value) => `Invalid '${field}': above maximum value. Expected a value <= 2, but got ${value} instead.`,
    (field, value) => `Invalid '${field}': integer below minimum value. Expected a value >= 0, but got ${value}.`,
    (field) => `${field} must be between 0 and 2`,
    (field) => `${field}: Input should be less than or equal to 1`,
    (field, value) => `${field} is out of range: ${value}`,
    (field, value) => `${field} must be in [0, 1], got ${value}.`,
    (field) => `The value of ${field} is too large`,
    (field) => `${field} should be a positive integer`,
    (field) => `${field}: expected a number not greater than 20`,
    (field, value) => `Invalid value for ${field}: ${value}`,
    (field) => `${field} exceeds the limit`,
    (field) => `\`${field}\` has to be at most 5`,
    (field, value) => `body -> ${field}: ensure this value is less than or equal to 2 (${value})`,
    (field) => `request.${field}: number must be finite`,
  ];
  const CASES = VALUES.flatMap(([field, value]) =>
    TEXTS.map((textFor) => [field, value, textFor(field, value)] as const),
  );

  it.each(CASES)('%s %d is left out of the rejected request alone: %s', (field, value, message) => {
    for (const param of [null, field]) {
      const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param, code: null } });
      const sent = { model: 'm', messages: [user('hi')], [field]: value };
      const proposed = adaptationsFor(sent, { status: 400, body }, { dialect: PLAIN, adaptations: [] });
      expect(proposed).toEqual([{ adaptation: { kind: 'drop', field }, retention: 'request', scope: 'all' }]);
    }
  });
});
