import { describe, expect, it } from 'vitest';
import { readMessagesRequest } from './messages-request.js';
import { toChatRequest } from './to-chat-request.js';

const body = (fields: object): object => ({ model: 'm', max_tokens: 10, ...fields });
const user = (content: unknown): object => ({ role: 'user', content });
const translate = (fields: object) =>
  toChatRequest(readMessagesRequest(body(fields), true), (signature) =>
    signature.startsWith('p1.') ? { text: signature.slice(3) } : undefined,
  );
const chat = (fields: object) => translate(fields).request;
const use = (id: string, name = 'f', input: unknown = { a: 1 }): object => ({ type: 'tool_use', id, name, input });
const result = (id: string, content: unknown, more: object = {}): object => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const rolesOf = (fields: object): string =>
  chat(fields)
    .messages.map(({ role }) => role[0])
    .join('');

describe('system text', () => {
  it('is joined as paragraphs without the block that defeats prefix caches', () => {
    const system = [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2; cch=1;' },
      { type: 'text', text: 'One.', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: 'Two.' },
    ];
    expect(chat({ system, messages: [user('Hi')] }).messages[0]).toEqual({ role: 'system', content: 'One.\n\nTwo.' });
  });

  it('inside the conversation becomes a reminder in the turn of the user before it', () => {
    const { messages } = chat({ messages: [user('Hi'), { role: 'system', content: 'Be brief.' }] });
    expect(messages).toEqual([{ role: 'user', content: 'Hi\n\n<system-reminder>\nBe brief.\n</system-reminder>' }]);
  });

  it('before the first turn joins the system prompt', () => {
    const { messages } = chat({ system: 'One.', messages: [{ role: 'system', content: 'Two.' }, user('Hi')] });
    expect(messages).toEqual([
      { role: 'system', content: 'One.\n\nTwo.' },
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('between a call and its result follows the result', () => {
    const messages = [
      user('Hi'),
      { role: 'assistant', content: [use('1')] },
      { role: 'system', content: 'Note.' },
      user([result('1', 'ok')]),
    ];
    expect(rolesOf({ messages })).toBe('uatu');
    expect(chat({ messages }).messages.at(-1)?.content).toContain('Note.');
  });

  it('without text vanishes', () => {
    expect(rolesOf({ messages: [user('Hi'), { role: 'system', content: [] }] })).toBe('u');
  });
});

describe('tool results', () => {
  it('follow their calls in the order of the calls, the text of the message behind them', () => {
    const messages = [
      user('Hi'),
      { role: 'assistant', content: [{ type: 'text', text: 'Looking.' }, use('1'), use('2')] },
      user([{ type: 'text', text: 'Go on.' }, result('2', 'two'), result('1', [{ type: 'text', text: 'one' }])]),
    ];
    expect(chat({ messages }).messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: ['1', '2'].map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } })),
      },
      { role: 'tool', tool_call_id: '1', content: 'one' },
      { role: 'tool', tool_call_id: '2', content: 'two' },
      { role: 'user', content: 'Go on.' },
    ]);
  });

  it('that are missing are made up; those without a call become text', () => {
    const messages = [user('Hi'), { role: 'assistant', content: [use('1')] }, user([result('9', 'lost')])];
    const translated = chat({ messages }).messages;
    expect(translated[2]).toEqual({ role: 'tool', tool_call_id: '1', content: '(no result was given)' });
    expect(translated[3]?.content).toContain('lost');
  });

  it.each([
    ['Exit code 3', 'Error: Exit code 3'],
    ['<tool_use_error>No such tool</tool_use_error>', '<tool_use_error>No such tool</tool_use_error>'],
    ['error: no', 'error: no'],
  ])('of a failed tool say so: %s', (text, sent) => {
    const messages = [
      user('Hi'),
      { role: 'assistant', content: [use('1')] },
      user([result('1', text, { is_error: true })]),
    ];
    expect(chat({ messages }).messages[2]?.content).toBe(sent);
  });

  it('with images are followed by a message of the user that has them', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    const pdf = {
      type: 'document',
      title: 'a.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' },
    };
    const messages = [
      user('Hi'),
      { role: 'assistant', content: [use('1'), use('2')] },
      user([result('1', [image]), result('2', [{ type: 'text', text: 'x' }, pdf])]),
    ];
    const [, , first, second, last] = chat({ messages }).messages;
    expect([first?.content, second?.content]).toEqual(['[see the image below]', 'x']);
    expect(last?.content).toEqual([
      { type: 'text', text: 'Images of the result of 1:' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'text', text: 'Images of the result of 2:' },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
    ]);
  });
});

describe('tools', () => {
  const tools = [
    { name: 'Bash', description: 'Runs.', input_schema: { $schema: 'x', type: 'object', properties: { command: {} } } },
    { name: 'Hidden', defer_loading: true, input_schema: {} },
    { type: 'web_search_20250305', name: 'web_search' },
    { type: 'bash_20250124', name: 'bash' },
  ];

  it('are those that the model may see', () => {
    const sent = chat({ messages: [user('Hi')], tools }).tools ?? [];
    expect(sent.map(({ function: { name } }) => name)).toEqual(['Bash', 'bash']);
    expect(sent[0]?.function.parameters).toEqual({ type: 'object', properties: { command: {} } });
  });

  it('include a deferred one once the conversation refers to it', () => {
    const messages = [
      user('Hi'),
      { role: 'assistant', content: [use('1', 'ToolSearch')] },
      user([result('1', [{ type: 'tool_reference', tool_name: 'Hidden' }])]),
    ];
    const { tools: sent = [], messages: all } = chat({ messages, tools });
    expect(sent.map(({ function: { name } }) => name)).toContain('Hidden');
    expect(all[2]?.content).toBe('Tool Hidden is now available.');
  });

  it('have portable names everywhere', () => {
    const name = `mcp__${'x'.repeat(70)}`;
    const { request, context } = translate({
      messages: [user('Hi'), { role: 'assistant', content: [use('1', name)] }, user([result('1', 'ok')])],
      tools: [{ name, input_schema: {} }],
      tool_choice: { type: 'tool', name },
    });
    const sent = request.tools?.[0]?.function.name ?? '';
    expect(sent.length).toBeLessThanOrEqual(64);
    expect(request.messages[1]?.tool_calls?.[0]?.function.name).toBe(sent);
    expect(request.tool_choice).toEqual({ type: 'function', function: { name: sent } });
    expect(context.names.get(sent)).toBe(name);
  });

  it.each([
    [{ type: 'auto' }, undefined],
    [{ type: 'any', disable_parallel_tool_use: true }, 'required'],
    [{ type: 'none' }, 'none'],
  ])('choice %j', (tool_choice, sent) => {
    expect(chat({ messages: [user('Hi')], tools, tool_choice }).tool_choice).toBe(sent);
  });

  it('of an unknown type are refused by name', () => {
    const computer = [{ type: 'computer_20250124', name: 'computer' }];
    expect(() => chat({ messages: [user('Hi')], tools: computer })).toThrow('computer_20250124');
  });
});

describe('thinking', () => {
  it.each([
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'high' } }, 'none'],
    [{ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }, 'high'],
    [{ thinking: { type: 'enabled', budget_tokens: 2048 } }, 'low'],
    [{ thinking: { type: 'enabled', budget_tokens: 10_000 } }, 'medium'],
    [{ thinking: { type: 'enabled', budget_tokens: 31_999 } }, 'high'],
    [{ thinking: { type: 'adaptive' } }, undefined],
    [{}, undefined],
  ])('%j', (fields, effort) => {
    expect(chat({ ...fields, messages: [user('Hi')] }).reasoning_effort).toBe(effort);
  });

  it('of earlier turns is kept beside the text, from the signature where it was omitted', () => {
    const messages = [
      user('Hi'),
      { role: 'assistant', content: [{ type: 'thinking', thinking: '', signature: 'p1.deep' }, use('1')] },
      user([result('1', 'ok')]),
      {
        role: 'assistant',
        content: [
          { type: 'redacted_thinking', data: 'x' },
          { type: 'text', text: 'Done.' },
        ],
      },
      user('Thanks'),
    ];
    const translated = chat({ messages }).messages;
    expect(translated[1]?.reasoning_content).toBe('deep');
    expect(translated[3]).toEqual({ role: 'assistant', content: 'Done.' });
    expect(translate({ messages }).unreadable).toEqual(['reasoning']);
  });

  it('that the upstream encrypted goes along', () => {
    const open = (content: string) => ({ text: 'deep', sealed: { origin: 'o', content } });
    const blocks = [
      { type: 'thinking', thinking: 'Hm', signature: 'one' },
      { type: 'thinking', thinking: '', signature: 'two' },
    ];
    const messages = [user('Hi'), { role: 'assistant', content: [...blocks, use('1')] }];
    expect(toChatRequest(readMessagesRequest(body({ messages }), true), open).request.messages[1]).toMatchObject({
      reasoning_content: 'Hm\n\ndeep',
      sealed_reasoning: [
        { origin: 'o', summary: 'Hm', content: 'one' },
        { origin: 'o', summary: 'deep', content: 'two' },
      ],
    });
  });

  it('that another server sealed is reported, unless its text came along', () => {
    const thinking = (text: string, signature?: string): object => ({ type: 'thinking', thinking: text, signature });
    const blocks = [thinking('', 'EuYBCkQ='), thinking('Hm', 'EuYBCkQ='), thinking('', ''), thinking('')];
    const messages = [user('Hi'), { role: 'assistant', content: [...blocks, use('1')] }, user([result('1', 'ok')])];
    expect(translate({ messages }).unreadable).toEqual(['reasoning']);
  });
});

it('asks for structured output under both names', () => {
  const format = { type: 'json_schema', schema: { type: 'object' } };
  const expected = { type: 'json_schema', json_schema: { name: 'output', schema: { type: 'object' } } };
  expect(chat({ messages: [user('Hi')], output_config: { format } }).response_format).toEqual(expected);
  expect(chat({ messages: [user('Hi')], output_format: format }).response_format).toEqual(expected);
});

describe('a request', () => {
  it.each([
    [{ model: '', messages: [user('Hi')] }, 'model'],
    [{ messages: [user('Hi')], max_tokens: 0 }, 'max_tokens'],
    [{ messages: [] }, 'messages'],
    [{}, 'messages'],
    [{ messages: ['Hi'] }, 'messages.0'],
    [{ messages: [user(3)] }, 'messages.0.content'],
    [{ messages: [user('Hi')], mcp_servers: [{ type: 'url' }] }, 'mcp_servers'],
    [{ messages: [user([{ type: 'image', source: { type: 'file', file_id: 'f' } }])] }, 'messages.0.content.0.source'],
  ])('%j is refused with the field', (fields, field) => {
    expect(() => chat(fields)).toThrow(field);
  });

  it('with unknown fields, blocks and roles is served', () => {
    const messages = [
      user([
        { type: 'hologram', data: 'x' },
        { type: 'text', text: 'Hi' },
      ]),
      { role: 'critic', content: 'Hm' },
    ];
    expect(rolesOf({ messages, betas: ['x'], future: {}, context_management: {}, container: null })).toBe('u');
  });
});

it.each(['image/jpeg', 'text/plain', undefined])('an image declared as %s has the type of its bytes', (mediaType) => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64');
  const source = { type: 'base64', media_type: mediaType, data: png };
  expect(chat({ messages: [user([{ type: 'image', source }])] }).messages).toMatchObject([
    { content: [{ image_url: { url: `data:image/png;base64,${png}` } }] },
  ]);
});
