import { expect, it } from 'vitest';
import type { AnswerPart } from '#contracts';
import type { EncoderOptions, ResponseEnd } from './response-encoder.js';
import { ResponseEncoder } from './response-encoder.js';
import { ToolSet } from './tools.js';

const tools = new ToolSet();
tools.add([
  { type: 'namespace', name: 'agents', tools: [{ type: 'function', name: 'spawn' }] },
  { type: 'custom', name: 'patch' },
  { type: 'tool_search', execution: 'client' },
  { type: 'local_shell' },
  { type: 'shell' },
  { type: 'apply_patch' },
]);
const options: EncoderOptions = {
  id: 'resp_1',
  createdAt: 1,
  model: 'm',
  tools,
  showsSummary: true,
  wantsEncrypted: true,
  echo: { store: false },
  inputEstimate: 7,
  showsRefusal: true,
  seal: (text, sealed) => `p1.${text}${sealed === undefined ? '' : `+${sealed}`}`,
};
const stopped: ResponseEnd = { finishReason: 'stop', toolCalls: [], usage: { input: 10, output: 5, cached: 4 } };
const call = (id: string, name: string, args: Record<string, unknown>) => ({
  id,
  function: { index: 0, name, arguments: args },
});

type Event = Record<string, unknown> & { readonly type: string; readonly sequence_number: number };

function eventsOf(text: string): Event[] {
  const events = text
    .split('\n\n')
    .filter(Boolean)
    .map((event) => {
      const [name = '', data = ''] = event.split('\n');
      const parsed = JSON.parse(data.slice('data: '.length)) as Event;
      expect(name).toBe(`event: ${parsed.type}`);
      return parsed;
    });
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, index) => index));
  return events;
}

function stream(parts: readonly AnswerPart[][], end: ResponseEnd = stopped, changed: Partial<EncoderOptions> = {}) {
  const encoder = new ResponseEncoder({ ...options, ...changed });
  const calls = end.toolCalls.map(({ id = '', function: { name, arguments: value } }): AnswerPart[] => [
    { kind: 'call', id, name, text: JSON.stringify(value) },
  ]);
  return eventsOf([...parts, ...calls].map((each) => encoder.parts(each)).join('') + encoder.end(end));
}

const typesOf = (events: readonly Event[]): string[] => events.map(({ type }) => type.replace('response.', ''));

it('streams reasoning, text and calls in the order of the real API, with equal ids and texts at the end', () => {
  const events = stream(
    [[{ kind: 'thinking', text: 'Hm' }], [{ kind: 'content', text: 'A' }], [{ kind: 'content', text: 'B' }]],
    { ...stopped, toolCalls: [call('c1', 'agents__spawn', { a: 1 })] },
  );
  expect(typesOf(events)).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'completed',
  ]);
  const done = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
  const { output, usage } = events.at(-1)?.response as { output: unknown; usage: object };
  expect(output).toEqual(done);
  expect(done).toMatchObject([
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'p1.Hm' },
    { type: 'message', status: 'completed', content: [{ type: 'output_text', text: 'AB', annotations: [] }] },
    { type: 'function_call', call_id: 'c1', name: 'spawn', namespace: 'agents', arguments: '{"a":1}' },
  ]);
  expect(usage).toMatchObject({ input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, total_tokens: 15 });
  const indexes = events.flatMap(({ type, output_index }) =>
    type === 'response.output_item.added' ? [output_index] : [],
  );
  expect(indexes).toEqual([0, 1, 2]);
});

it('streams raw reasoning where no summary was asked for', () => {
  const events = stream([[{ kind: 'thinking', text: 'Hm' }]], stopped, { showsSummary: false, wantsEncrypted: false });
  expect(typesOf(events)).toContain('reasoning_text.delta');
  expect(JSON.stringify(events)).not.toContain('encrypted_content');
});

it('returns the calls of custom tools and of the tool search as the items that they are', () => {
  const events = stream([], {
    ...stopped,
    toolCalls: [call('c1', 'patch', { input: '*** x' }), call('c2', 'tool_search', { query: 'y' })],
  });
  const done = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
  expect(done).toMatchObject([
    { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: '*** x' },
    { type: 'tool_search_call', call_id: 'c2', execution: 'client', arguments: { query: 'y' } },
  ]);
  expect(typesOf(events)).toContain('custom_tool_call_input.delta');
});

it.each([
  ['length', 'incomplete', 'max_output_tokens'],
  ['content_filter', 'incomplete', 'content_filter'],
  ['tool_calls', 'completed', undefined],
])('ends with %s as %s', (finishReason, status, reason) => {
  const response = stream([[{ kind: 'content', text: 'A' }]], { ...stopped, finishReason }).at(-1);
  expect(response?.type).toBe(`response.${status}`);
  expect(response?.response).toMatchObject({ status, incomplete_details: reason === undefined ? null : { reason } });
  const whole = new ResponseEncoder(options).whole([{ kind: 'content', text: 'A' }], { ...stopped, finishReason });
  expect(whole).toMatchObject({ id: 'resp_1', object: 'response', status, output: [{ type: 'message' }] });
  expect(whole).not.toHaveProperty('output_text');
});

it('fails with both events, the items closed before', () => {
  const encoder = new ResponseEncoder(options);
  const text =
    encoder.parts([{ kind: 'content', text: 'A' }]) + encoder.fail({ code: 'server_error', message: 'broken' });
  const events = eventsOf(text);
  expect(typesOf(events).slice(-3)).toEqual(['output_item.done', 'error', 'failed']);
  expect(events.at(-1)?.response).toMatchObject({
    id: 'resp_1',
    status: 'failed',
    error: { code: 'server_error', message: 'broken' },
  });
});

it('streams the arguments of a function as they arrive, and the input of a custom tool when it is complete', () => {
  const events = stream([
    [{ kind: 'call', id: 'c1', name: 'f', text: '{"a"' }],
    [{ kind: 'call', id: 'c1', name: 'f', text: ':1}' }],
    [{ kind: 'call', id: 'c2', name: 'patch', text: '{"input":"a' }],
    [{ kind: 'call', id: 'c2', name: 'patch', text: '\\nb"}' }],
    [{ kind: 'content', text: 'A' }],
  ]);
  expect(events.flatMap(({ type, delta }) => (type.endsWith('.delta') ? [delta] : []))).toEqual([
    ...['{"a"', ':1}'],
    'a\nb',
    'A',
  ]);
  const done = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
  expect(done).toMatchObject([{ arguments: '{"a":1}' }, { input: 'a\nb' }, { type: 'message' }]);
});

it.each([
  [true, 'refusal.delta', [{ type: 'refusal', refusal: 'No.' }]],
  [false, 'output_text.delta', [{ type: 'output_text', text: 'No.' }]],
])('sends a refusal to a client that shows it: %s', (showsRefusal, type, content) => {
  const events = stream([[{ kind: 'refusal', text: 'No.' }]], stopped, { showsRefusal });
  expect(typesOf(events)).toContain(type);
  expect(events.at(-1)?.response).toMatchObject({ output: [{ type: 'message', content }] });
  const encoder = new ResponseEncoder({ ...options, showsRefusal });
  expect(encoder.whole([{ kind: 'refusal', text: 'No.' }], stopped)).toMatchObject({ output: [{ content }] });
});

const BUILT_IN = [
  [
    'local_shell',
    { command: ['ls', '-a'], working_directory: '/tmp' },
    { type: 'local_shell_call', action: { type: 'exec', command: ['ls', '-a'], env: {}, working_directory: '/tmp' } },
  ],
  ['local_shell', { command: 'ls | wc' }, { action: { command: ['sh', '-c', 'ls | wc'] } }],
  [
    'shell',
    { commands: ['ls', 'pwd'], timeout_ms: 5 },
    { type: 'shell_call', action: { commands: ['ls', 'pwd'], timeout_ms: 5, max_output_length: null } },
  ],
  [
    'apply_patch',
    { type: 'update_file', path: 'a', diff: '@@\n-b\n+c' },
    { type: 'apply_patch_call', operation: { type: 'update_file', path: 'a', diff: '@@\n-b\n+c' } },
  ],
  [
    'apply_patch',
    { type: 'delete_file', path: 'a', diff: '' },
    { type: 'apply_patch_call', operation: { type: 'delete_file', path: 'a' } },
  ],
  ['shell', { commands: [1] }, { type: 'function_call', name: 'shell', arguments: '{"commands":[1]}' }],
  ['apply_patch', { type: 'move', path: 'a' }, { type: 'function_call', name: 'apply_patch' }],
  ['apply_patch', { type: 'create_file', path: 'a' }, { type: 'function_call', name: 'apply_patch' }],
] as const;

it.each(BUILT_IN)('returns a call of %s with %j as an item of its type', (name, args, item) => {
  const toolCalls = [call('c1', name, args)];
  const expected = { call_id: 'c1', status: 'completed', ...item };
  const events = stream([], { ...stopped, toolCalls });
  expect(typesOf(events)).toEqual([
    ...['created', 'in_progress', 'output_item.added'],
    ...('type' in item && item.type === 'function_call' ? ['function_call_arguments.done'] : []),
    ...['output_item.done', 'completed'],
  ]);
  expect(events.find(({ type }) => type === 'response.output_item.done')?.item).toMatchObject(expected);
  expect(new ResponseEncoder(options).whole([], { ...stopped, toolCalls })).toMatchObject({ output: [expected] });
});

it('does not make a command of half of one', () => {
  const events = stream([[{ kind: 'call', id: 'c1', name: 'shell', text: '{"commands":["rm -rf /tmp' }]], {
    ...stopped,
    finishReason: 'length',
  });
  expect(events.at(-1)).toMatchObject({
    type: 'response.incomplete',
    response: { output: [{ type: 'function_call', status: 'incomplete' }] },
  });
});

it('returns what the upstream encrypted with the reasoning that summarizes it', () => {
  const parts: AnswerPart[] = [
    { kind: 'thinking', text: 'Hm' },
    { kind: 'sealed', text: 'gAAA' },
    { kind: 'thinking', text: 'So' },
    { kind: 'content', text: 'A' },
  ];
  const output = [
    { type: 'reasoning', encrypted_content: 'p1.Hm+gAAA' },
    { type: 'reasoning', encrypted_content: 'p1.So' },
    { type: 'message' },
  ];
  expect(stream(parts.map((part) => [part])).at(-1)?.response).toMatchObject({ output });
  expect(new ResponseEncoder(options).whole(parts, stopped)).toMatchObject({ output });
});
