import { expect, it } from 'vitest';
import { isChatOnly, toResponsesRequest } from './to-responses-request.js';

const hi = [{ role: 'user', content: 'Hi' }];
const base = { input: [{ role: 'user', content: 'Hi' }], include: ['reasoning.encrypted_content'], store: false };
const bodyOf = (fields: object, messages: object[] = hi): object => toResponsesRequest({ messages, ...fields }).body;

it.each([
  [
    { model: 'm', stream: true, stream_options: { include_usage: true } },
    { model: 'm', stream: true },
  ],
  [{ max_tokens: 100 }, { max_output_tokens: 100 }],
  [{ max_completion_tokens: 1 }, { max_output_tokens: 16 }],
  [
    { temperature: 0.5, top_p: 0.1, user: 'u', stop: ['x'], n: 1 },
    { temperature: 0.5, top_p: 0.1, user: 'u' },
  ],
  [{ reasoning_effort: 'low' }, { reasoning: { effort: 'low', summary: 'auto' } }],
  [{ reasoning_effort: 'none' }, { reasoning: { effort: 'none' } }],
  [{ reasoning: { effort: 'high' } }, { reasoning: { effort: 'high', summary: 'auto' } }],
  [{ verbosity: 'low' }, { text: { verbosity: 'low' } }],
  [
    { response_format: { type: 'json_schema', json_schema: { name: 'r', schema: { type: 'object' } } } },
    { text: { format: { type: 'json_schema', name: 'r', schema: { type: 'object' }, strict: false } } },
  ],
  [
    { logprobs: true, top_logprobs: 2 },
    { top_logprobs: 2, include: ['reasoning.encrypted_content', 'message.output_text.logprobs'] },
  ],
  [
    {
      tools: [
        { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } },
        { type: 'function', function: { name: 'g', strict: true } },
        {
          type: 'custom',
          custom: { name: 'c', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
    },
    {
      tools: [
        { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: false },
        { type: 'function', name: 'g', parameters: { type: 'object', properties: {} }, strict: true },
        { type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
      ],
      tool_choice: { type: 'function', name: 'f' },
      parallel_tool_calls: false,
    },
  ],
  // Rejected without tools.
  [{ tool_choice: 'auto', parallel_tool_calls: true }, {}],
])('converts %j', (fields, expected) => {
  expect(bodyOf(fields)).toEqual({ ...base, ...expected });
});

it('names the fields that are lost, and leaves out what the upstream refused', () => {
  expect(
    toResponsesRequest({ messages: hi, seed: 1, logit_bias: null, presence_penalty: 1, stop: ['x'] }).lost,
  ).toEqual(['seed', 'presence_penalty']);
  const without = new Set(['include', 'reasoning.summary']);
  expect(toResponsesRequest({ messages: hi, reasoning_effort: 'low' }, without).body).toEqual({
    input: base.input,
    reasoning: { effort: 'low' },
    store: false,
  });
});

it('refuses to give several answers, and knows what chat completions alone can do', () => {
  expect(() => bodyOf({ n: 2 })).toThrow('n must be 1');
  expect([isChatOnly({ audio: {} }), isChatOnly({ audio: null, tools: [] })]).toEqual([true, false]);
});

const png = 'data:image/png;base64,AA==';
const callOf = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } });

it.each([
  [
    [{ role: 'system', content: 'A' }, { role: 'developer', content: [{ type: 'text', text: 'B' }] }, ...hi],
    { instructions: 'A\n\nB', input: base.input },
  ],
  [[{ role: 'system', content: 'A' }], { input: [{ role: 'developer', content: 'A' }] }],
  [[...hi, { role: 'system', content: 'A' }], { input: [...base.input, { role: 'developer', content: 'A' }] }],
  [
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: png } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'x' } },
        ],
      },
    ],
    {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'See' },
            { type: 'input_image', image_url: png, detail: 'auto' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'x' },
          ],
        },
      ],
    },
  ],
  [
    [
      ...hi,
      {
        role: 'assistant',
        content: 'Wait',
        tool_calls: [callOf('a'), { id: 'b', type: 'custom', custom: { name: 'c', input: 'x' } }],
        reasoning_details: [
          { type: 'reasoning.text', text: 'no' },
          { type: 'reasoning.encrypted', data: 'gAAA' },
        ],
      },
      {
        role: 'tool',
        tool_call_id: 'a',
        content: [
          { type: 'text', text: 'ok' },
          { type: 'image_url', image_url: { url: png } },
        ],
      },
      { role: 'tool', tool_call_id: 'b', content: 'done' },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', content: null, reasoning_details: [{ type: 'reasoning.encrypted', data: 'lonely' }] },
    ],
    {
      input: [
        ...base.input,
        { type: 'reasoning', summary: [], encrypted_content: 'gAAA' },
        { role: 'assistant', content: [{ type: 'output_text', text: 'Wait' }] },
        { type: 'function_call', call_id: 'a', name: 'f', arguments: '{"a":1}' },
        { type: 'custom_tool_call', call_id: 'b', name: 'c', input: 'x' },
        {
          type: 'function_call_output',
          call_id: 'a',
          output: [
            { type: 'input_text', text: 'ok' },
            { type: 'input_image', image_url: png, detail: 'auto' },
          ],
        },
        { type: 'custom_tool_call_output', call_id: 'b', output: 'done' },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      ],
    },
  ],
])('converts the conversation %j', (messages, expected) => {
  expect(bodyOf({}, messages)).toEqual({ ...base, ...expected });
});

it('keeps the system messages in the input for JSON mode, which looks for the word there', () => {
  const messages = [{ role: 'system', content: 'Answer with JSON.' }, ...hi];
  expect(bodyOf({ response_format: { type: 'json_object' } }, messages)).toEqual({
    ...base,
    input: [{ role: 'developer', content: 'Answer with JSON.' }, ...base.input],
    text: { format: { type: 'json_object' } },
  });
});

it('leaves encrypted reasoning out once it was refused', () => {
  const messages = [
    ...hi,
    { role: 'assistant', content: 'A', reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
  ];
  const { body } = toResponsesRequest({ messages }, new Set(['reasoning_details']));
  expect(JSON.stringify(body)).not.toContain('encrypted_content":"x');
});
