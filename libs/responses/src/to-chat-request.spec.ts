import { describe, expect, it } from 'vitest';
import { readResponsesRequest } from './responses-request.js';
import { toChatRequest, toCompactionRequest } from './to-chat-request.js';

const translate = (fields: object) =>
  toChatRequest(readResponsesRequest({ model: 'm', ...fields }), (content) =>
    content.startsWith('p1.') ? { text: content.slice(3) } : undefined,
  );
const chat = (fields: object) => translate(fields).request;
const message = (role: string, text: string): object => ({
  type: 'message',
  role,
  content: [{ type: 'input_text', text }],
});
const call = (call_id: string, name = 'f', more: object = {}): object => ({
  type: 'function_call',
  call_id,
  name,
  arguments: '{"a":1}',
  ...more,
});
const output = (call_id: string, text: unknown): object => ({ type: 'function_call_output', call_id, output: text });
const rolesOf = (input: unknown): string =>
  chat({ input })
    .messages.map(({ role }) => role[0])
    .join('');
const namesOf = (fields: object): string[] => (chat(fields).tools ?? []).map(({ function: { name } }) => name);

describe('input', () => {
  it.each([
    ['a text', 'Hi'],
    ['a message without a type', [{ role: 'user', content: 'Hi' }]],
    ['a message', [message('user', 'Hi')]],
  ])('of %s', (_name, input) => {
    expect(chat({ input }).messages).toEqual([{ role: 'user', content: 'Hi' }]);
  });

  it('has instructions and leading developer messages in one system message', () => {
    const input = [
      message('developer', 'Two.'),
      message('system', 'Three.'),
      message('user', 'Hi'),
      message('developer', 'Late.'),
    ];
    const { messages } = chat({ instructions: 'One.', input });
    expect(messages[0]).toEqual({ role: 'system', content: 'One.\n\nTwo.\n\nThree.' });
    expect(messages[1]?.content).toBe('Hi\n\n<system-reminder>\nLate.\n</system-reminder>');
    expect(messages).toHaveLength(2);
  });

  it('makes one message of consecutive items of the assistant', () => {
    const input = [
      message('user', 'Hi'),
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Looking.' }] },
      call('1'),
      call('2'),
      output('2', 'two'),
      output('1', 'one'),
    ];
    const { messages } = chat({ input });
    expect(messages[1]).toMatchObject({ role: 'assistant', content: 'Looking.', reasoning_content: 'Hm' });
    expect(messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: '1', content: 'one' },
      { role: 'tool', tool_call_id: '2', content: 'two' },
    ]);
  });

  it.each([
    [
      'a message between call and output',
      [message('user', 'a'), call('1'), message('user', 'b'), output('1', 'x')],
      'uatu',
    ],
    ['a call without output', [message('user', 'a'), call('1'), message('user', 'b')], 'uatu'],
    ['an output without call', [message('user', 'a'), output('9', 'x')], 'u'],
    ['calls of two turns', [message('user', 'a'), call('1'), output('1', 'x'), call('2'), output('2', 'y')], 'uatat'],
    [
      'text of the assistant between call and output',
      [message('user', 'a'), call('1'), { role: 'assistant', content: 'b' }, output('1', 'x')],
      'uat',
    ],
    ['reasoning alone', [message('user', 'a'), { type: 'reasoning', summary: [] }], 'u'],
    [
      'unknown items and references',
      [message('user', 'a'), { type: 'item_reference', id: 'x' }, { type: 'web_search_call' }, { type: 'hologram' }],
      'u',
    ],
    ['nothing', [], 'u'],
  ])('with %s is valid', (_name, input, roles) => {
    expect(rolesOf(input)).toBe(roles);
  });

  it('with an image as output has it in a message of the user', () => {
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' };
    const { messages } = chat({ input: [message('user', 'a'), call('1'), output('1', [image])] });
    expect(messages[2]).toEqual({ role: 'tool', tool_call_id: '1', content: '[see the image below]' });
    expect(messages[3]?.content).toEqual([{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }]);
  });

  it('reads its own encrypted reasoning and drops that of others', () => {
    const reasoning = (encrypted_content: string): object => ({ type: 'reasoning', summary: [], encrypted_content });
    const input = [message('user', 'a'), reasoning('p1.deep'), reasoning('gAAAA'), call('1'), output('1', 'x')];
    expect(chat({ input }).messages[1]?.reasoning_content).toBe('deep');
    expect(translate({ input }).unreadable).toEqual(['reasoning']);
  });
});

describe('tools', () => {
  const namespace = {
    type: 'namespace',
    name: 'agents',
    description: 'Agents.',
    tools: [
      { type: 'function', name: 'spawn', parameters: null },
      { type: 'custom', name: 'exec' },
    ],
  };

  it('of a namespace are flat upstream and split again', () => {
    const { request, context } = translate({ input: 'Hi', tools: [namespace] });
    expect(request.tools?.map(({ function: { name } }) => name)).toEqual(['agents__spawn', 'agents__exec']);
    expect(context.tools.find('agents__spawn')).toEqual({ kind: 'function', name: 'spawn', namespace: 'agents' });
    expect(context.tools.find('spawn')).toEqual({ kind: 'function', name: 'spawn', namespace: 'agents' });
    expect(context.tools.find('unknown')).toEqual({ kind: 'function', name: 'unknown' });
  });

  it('have the same names in the history', () => {
    const input = [message('user', 'a'), call('1', 'spawn', { namespace: 'agents' }), output('1', 'x')];
    expect(chat({ input, tools: [namespace] }).messages[1]?.tool_calls?.[0]?.function.name).toBe('agents__spawn');
  });

  it('with free text become functions of one input', () => {
    const tools = [
      {
        type: 'custom',
        name: 'apply_patch',
        description: 'Patch.',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: x' },
      },
    ];
    const input = [
      message('user', 'a'),
      { type: 'custom_tool_call', call_id: '1', name: 'apply_patch', input: '*** x' },
    ];
    const { tools: sent, messages } = chat({ input, tools });
    expect(sent?.[0]?.function.parameters).toMatchObject({ required: ['input'] });
    expect(sent?.[0]?.function.description).toContain('start: x');
    expect(messages[1]?.tool_calls?.[0]?.function.arguments).toBe('{"input":"*** x"}');
  });

  it('of the input count as well; the first of a name is kept', () => {
    const input = [
      {
        type: 'additional_tools',
        role: 'developer',
        tools: [namespace, { type: 'function', name: 'f', description: 'later' }],
      },
      message('user', 'a'),
    ];
    const tools = [{ type: 'function', name: 'f', description: 'first' }];
    expect(namesOf({ input, tools })).toEqual(['f', 'agents__spawn', 'agents__exec']);
    expect(chat({ input, tools }).tools?.[0]?.function.description).toBe('first');
  });

  it('that run on servers or are deferred are left out', () => {
    const tools = [
      { type: 'web_search' },
      { type: 'function', name: 'g', defer_loading: true },
      { type: 'tool_search', execution: 'client', parameters: { type: 'object' } },
    ];
    expect(namesOf({ input: 'Hi', tools })).toEqual(['tool_search']);
    const found = [
      message('user', 'a'),
      { type: 'tool_search_call', call_id: '1', arguments: {} },
      { type: 'tool_search_output', call_id: '1', tools: [{ type: 'function', name: 'g', defer_loading: true }] },
    ];
    expect(namesOf({ input: found, tools })).toEqual(['tool_search', 'g']);
  });

  it.each([
    ['auto', undefined],
    ['required', 'required'],
    [
      { type: 'function', name: 'f' },
      { type: 'function', function: { name: 'f' } },
    ],
    [{ type: 'web_search' }, undefined],
  ])('choice %j', (tool_choice, sent) => {
    expect(chat({ input: 'Hi', tools: [{ type: 'function', name: 'f' }], tool_choice }).tool_choice).toEqual(sent);
  });

  it('are restricted to those that are allowed', () => {
    const tools = ['f', 'g'].map((name) => ({ type: 'function', name }));
    const tool_choice = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] };
    expect(namesOf({ input: 'Hi', tools, tool_choice })).toEqual(['g']);
    expect(chat({ input: 'Hi', tools, tool_choice }).tool_choice).toBe('required');
  });

  it('choose nothing when there are none', () => {
    expect(chat({ input: 'Hi', tool_choice: 'required', parallel_tool_calls: false })).not.toHaveProperty(
      'tool_choice',
    );
  });
});

it('asks for a format, limits and effort', () => {
  const format = { type: 'json_schema', name: 'out', strict: true, schema: { type: 'object' } };
  expect(
    chat({ input: 'Hi', text: { format }, max_output_tokens: 50, reasoning: { effort: 'low' }, top_p: 0.5 }),
  ).toMatchObject({
    response_format: { type: 'json_schema', json_schema: { name: 'out', strict: true, schema: { type: 'object' } } },
    max_tokens: 50,
    reasoning_effort: 'low',
    top_p: 0.5,
  });
});

describe('a request is refused', () => {
  it.each([
    [{ input: 'Hi', model: '' }, 'model'],
    [{ input: 'Hi', background: true }, 'background'],
    [{ input: 3 }, 'input'],
    [{ input: ['Hi'] }, 'input[0]'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'x' }] }] }, 'input[0].content[0]'],
    [{ input: 'Hi', tools: {} }, 'tools'],
  ])('%j', (fields, text) => {
    expect(() => chat(fields)).toThrow(text);
  });
});

describe('built-in tools', () => {
  const shells = [{ type: 'local_shell' }, { type: 'shell' }, { type: 'shell', environment: { type: 'local' } }];

  it('are functions, once each', () => {
    const tools = [...shells, { type: 'apply_patch' }];
    expect(namesOf({ tools })).toEqual(['local_shell', 'shell', 'apply_patch']);
    for (const { function: sent } of chat({ tools }).tools ?? [])
      expect(sent).toMatchObject({ description: expect.any(String) as string, parameters: { type: 'object' } });
  });

  it('are left out where they run on the servers of the real API', () => {
    const tools = [
      { type: 'shell', environment: { type: 'container_auto' } },
      { type: 'function', name: 'f' },
    ];
    expect(namesOf({ tools })).toEqual(['f']);
  });

  it('may be required', () => {
    const choice = { type: 'function', function: { name: 'apply_patch' } };
    const tools = [...shells, { type: 'apply_patch' }];
    expect(chat({ tools, tool_choice: { type: 'apply_patch' } }).tool_choice).toEqual(choice);
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'shell' }] };
    expect(namesOf({ tools, tool_choice: allowed })).toEqual(['shell']);
  });

  it.each([
    [
      { type: 'local_shell_call', call_id: 'c', action: { type: 'exec', command: ['ls'], env: {} } },
      { type: 'local_shell_call_output', id: 'c', output: '{"stdout":"a"}' },
      ['local_shell', { command: ['ls'], env: {} }, '{"stdout":"a"}'],
    ],
    [
      { type: 'shell_call', call_id: 'c', action: { commands: ['ls', 'pwd'] } },
      {
        type: 'shell_call_output',
        call_id: 'c',
        output: [
          { stdout: 'a', stderr: 'b', outcome: { type: 'exit', exit_code: 1 } },
          { stdout: '', stderr: '', outcome: { type: 'timeout' } },
        ],
      },
      ['shell', { commands: ['ls', 'pwd'] }, 'a\nb\nexit code 1\n\ntimed out'],
    ],
    [
      { type: 'apply_patch_call', call_id: 'c', operation: { type: 'delete_file', path: 'a' } },
      { type: 'apply_patch_call_output', call_id: 'c', status: 'failed', output: 'no such file' },
      ['apply_patch', { type: 'delete_file', path: 'a' }, 'failed: no such file'],
    ],
  ] as const)('are calls with results in the history: %j', (called, result, [name, args, text]) => {
    const { messages } = chat({ input: [called, result] });
    expect(messages).toMatchObject([
      { role: 'assistant', tool_calls: [{ id: 'c', function: { name, arguments: JSON.stringify(args) } }] },
      { role: 'tool', tool_call_id: 'c', content: text },
    ]);
  });
});

it('an image has the type of its bytes', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64');
  const image = { type: 'input_image', image_url: `data:image/jpeg;base64,${png}` };
  expect(chat({ input: [{ role: 'user', content: [image] }] }).messages).toMatchObject([
    { content: [{ image_url: { url: `data:image/png;base64,${png}` } }] },
  ]);
});

it('a compaction has no tools, whichever way they were declared', () => {
  const tools = [{ type: 'function', name: 'f' }];
  const input = [
    { type: 'additional_tools', role: 'developer', tools },
    { type: 'tool_search_call', call_id: 'c', arguments: {} },
    { type: 'tool_search_output', call_id: 'c', tools },
    { type: 'compaction_trigger' },
  ];
  const request = readResponsesRequest({ model: 'm', input, tools });
  const { messages, tools: sent } = toCompactionRequest(request, () => undefined).request;
  expect(sent).toBeUndefined();
  expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'user']);
});
