import { zstdCompressSync } from 'node:zlib';
import { fetch } from 'undici';
import { describe, expect, it } from 'vitest';
import type { Script } from '../../apps/simulator/src/simulator.js';
import type { AgentAnswer, Fields } from '../support/agent-events.js';
import { readAgentAnswer } from '../support/agent-events.js';
import { withProxy } from '../support/with-proxy.js';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const LONG_NAME = `mcp__${'server_'.repeat(9)}x`;

const setup = withProxy({
  dialect: 'strictest',
  catalogue: 'plain',
  models: [{ id: 'm', kind: 'chat', contextLength: 200_000, tools: true, vision: true, reasoning: false }],
});

interface Case {
  readonly name: string;
  readonly body: Fields;
  readonly script?: Script;
  /** The chat request that reached the upstream. */
  readonly sent?: (body: Fields) => void;
  readonly answer?: (answer: AgentAnswer) => void;
}

const user = (...content: unknown[]): Fields => ({
  role: 'user',
  content: typeof content[0] === 'string' ? content[0] : content,
});
const text = (value: string): Fields => ({ type: 'text', text: value });
const use = (id: string, name: string, input: unknown = {}): Fields => ({ type: 'tool_use', id, name, input });
const result = (id: string, content: unknown, more: Fields = {}): Fields => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const tool = (name: string, more: Fields = {}): Fields => ({
  name,
  input_schema: { type: 'object', properties: { a: { type: 'integer' } } },
  ...more,
});
const names = ({ tools }: Fields): unknown => tools?.map((each: Fields) => each.function.name as unknown);
const roles = ({ messages }: Fields): string => messages.map(({ role }: Fields) => String(role)).join(' ');
const afterUse = (...blocks: unknown[]): Fields[] => [
  user('go'),
  { role: 'assistant', content: [use('1', 'f'), use('2', 'g')] },
  user(...blocks),
];

const MESSAGES: readonly Case[] = [
  {
    name: 'a system message at the end',
    body: { messages: [user('Hi'), { role: 'system', content: 'Be brief.' }] },
    sent: (body) => {
      expect(roles(body)).toBe('user');
      expect(body.messages[0].content).toBe('Hi\n\n<system-reminder>\nBe brief.\n</system-reminder>');
    },
  },
  {
    name: 'the billing block',
    body: { system: [text('x-anthropic-billing-header: cc_version=1;'), text('A'), text('B')], messages: [user('Hi')] },
    sent: ({ messages }) => expect(messages[0]).toEqual({ role: 'system', content: 'A\n\nB' }),
  },
  {
    name: 'deferred tools',
    body: {
      messages: [
        user('Hi'),
        { role: 'assistant', content: [use('1', 'ToolSearch')] },
        user(result('1', [{ type: 'tool_reference', tool_name: 'WebSearch' }])),
      ],
      tools: [
        tool('ToolSearch'),
        tool('Placeholder', { defer_loading: true }),
        tool('WebSearch', { defer_loading: true }),
      ],
    },
    sent: (body) => {
      expect(names(body)).toEqual(['ToolSearch', 'WebSearch']);
      expect(JSON.stringify(body)).not.toContain('defer_loading');
    },
  },
  {
    name: "deferred tools behind a server's search",
    body: {
      messages: [user('Hi')],
      tools: [{ type: 'tool_search_tool_regex_20251119', name: 'search' }, tool('f', { defer_loading: true })],
    },
    sent: (body) => expect(names(body)).toEqual(['f']),
  },
  {
    name: 'results in another order than the calls, with text',
    body: {
      messages: afterUse(result('2', 'two'), result('1', [text('one')]), text('Now?')),
      tools: [tool('f'), tool('g')],
    },
    sent: (body) => {
      expect(roles(body)).toBe('user assistant tool tool user');
      expect(body.messages.slice(2).map(({ content }: Fields) => content as unknown)).toEqual(['one', 'two', 'Now?']);
    },
  },
  {
    name: 'a failed tool, and a result that is missing',
    body: { messages: afterUse(result('1', 'no file', { is_error: true })) },
    sent: ({ messages }) => {
      expect(messages[2].content).toBe('Error: no file');
      expect(messages[3]).toMatchObject({ role: 'tool', tool_call_id: '2' });
    },
  },
  {
    name: 'an image in a result',
    body: {
      messages: afterUse(
        result('1', [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }]),
        result('2', ''),
      ),
    },
    sent: (body) => {
      expect(roles(body)).toBe('user assistant tool tool user');
      expect(JSON.stringify(body.messages[4])).toContain('image_url');
    },
  },
  {
    name: 'a PDF that the model cannot read',
    body: {
      messages: [
        user(text('Sum up'), {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
        }),
      ],
    },
    sent: (body) => expect(JSON.stringify(body)).toContain('left out: the model cannot read it'),
  },
  {
    name: 'thinking of another provider, and redacted thinking',
    body: {
      messages: [
        user('Hi'),
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'EuYB' },
            { type: 'redacted_thinking', data: 'x' },
            text('A'),
          ],
        },
        user('B'),
      ],
    },
    sent: ({ messages }) => {
      expect(messages[1].content).toBe('A');
      expect(JSON.stringify(messages)).not.toContain('EuYB');
    },
  },
  {
    name: 'a tool without arguments',
    body: { messages: [user('go')], tools: [tool('f')] },
    script: { calls: [{ name: 'f', arguments: {} }] },
    answer: ({ calls, ending }) => expect([calls[0]?.arguments, ending]).toEqual(['{}', 'tool_use']),
  },
  {
    name: 'two calls and text',
    body: { messages: [user('go')], tools: [tool('f'), tool('g')] },
    script: {
      text: 'First',
      calls: [
        { name: 'f', arguments: { a: 1 } },
        { name: 'g', arguments: { b: [2] } },
      ],
    },
    answer: ({ text: said, calls }) => {
      expect(said).toBe('First');
      expect(calls.map(({ name, arguments: json }) => [name, json])).toEqual([
        ['f', '{"a":1}'],
        ['g', '{"b":[2]}'],
      ]);
    },
  },
  {
    name: 'length inside of arguments',
    body: { messages: [user('go')], tools: [tool('f')] },
    script: { calls: [{ name: 'f', arguments: { a: 1 } }], finish: 'length' },
    answer: ({ ending }) => expect(ending).toBe('max_tokens'),
  },
  {
    name: 'a filtered answer',
    body: { messages: [user('go')] },
    script: { text: 'Half', finish: 'content_filter' },
    answer: ({ ending, text: said }) => expect([ending, said]).toEqual(['refusal', 'Half']),
  },
  {
    name: 'cached tokens',
    body: { messages: [user('go')] },
    script: { text: 'A', usage: 7 },
    answer: ({ whole }) => expect(whole.usage).toMatchObject({ input_tokens: 0, cache_read_input_tokens: 7 }),
  },
  {
    name: 'a long name of a tool, also in the history and the choice',
    body: {
      messages: [user('go'), { role: 'assistant', content: [use('1', LONG_NAME)] }, user(result('1', 'ok'))],
      tools: [tool(LONG_NAME)],
      tool_choice: { type: 'tool', name: LONG_NAME },
    },
    script: { toolCalls: 1 },
    sent: (body) => {
      const [sent] = names(body) as string[];
      expect(sent).toMatch(/^[\w-]{1,64}$/);
      expect(body.messages[1].tool_calls[0].function.name).toBe(sent);
      expect(body.tool_choice.function.name).toBe(sent);
    },
    answer: ({ calls }) => expect(calls[0]?.name).toBe(LONG_NAME),
  },
  {
    name: 'structured output, in both spellings',
    body: {
      messages: [user('go')],
      output_format: {
        type: 'json_schema',
        schema: { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
      },
    },
    sent: (body) => expect(body.response_format.type).toBe('json_schema'),
    answer: ({ text: said }) => expect(JSON.parse(said)).toEqual({ a: 1 }),
  },
  {
    name: 'unknown blocks, fields and betas',
    body: {
      messages: [user(text('Hi'), { type: 'mystery', cache_control: { type: 'ephemeral' } })],
      mystery: { a: 1 },
      betas: ['x-2030-01-01'],
      context_management: { edits: [] },
      metadata: { user_id: 'secret-person' },
    },
    sent: (body) => expect(JSON.stringify(body)).not.toMatch(/mystery|ephemeral|secret-person|betas|edits/),
  },
  {
    name: 'thinking that is not shown',
    body: { messages: [user('go')], thinking: { type: 'adaptive', display: 'omitted' } },
    script: { thinking: 'Deep.', text: 'A' },
    answer: ({ thinking, whole }) => {
      expect(thinking).toBe('');
      expect(whole.content[0]).toMatchObject({ type: 'thinking', signature: expect.stringMatching(/^p1\./) as string });
    },
  },
  {
    name: 'effort for a model that does not reason',
    body: { messages: [user('go')], output_config: { effort: 'high' } },
  },
  {
    name: 'an empty list of content',
    body: { messages: [user('go'), { role: 'assistant', content: [] }, { role: 'user', content: [] }] },
    sent: (body) => expect(roles(body)).toBe('user'),
  },
  {
    name: 'a search in the history',
    body: {
      messages: [
        user('go'),
        {
          role: 'assistant',
          content: [
            { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'news' } },
            {
              type: 'web_search_tool_result',
              tool_use_id: 's',
              content: [{ type: 'web_search_result', title: 'T', url: 'http://a', encrypted_content: 'zzz' }],
            },
            text('A'),
          ],
        },
        user('B'),
      ],
    },
    sent: ({ messages }) => expect(messages[1].content).toBe('Searched: news\n\nResults:\nT http://a\n\nA'),
  },
];

const message = (...content: unknown[]): Fields => ({ type: 'message', role: 'user', content });
const input = (value: string): Fields => ({ type: 'input_text', text: value });
const callOf = (name: string, more: Fields = {}): Fields => ({
  type: 'function_call',
  call_id: 'c1',
  name,
  arguments: '{"a":1}',
  ...more,
});
const output = (value: unknown, callId = 'c1'): Fields => ({
  type: 'function_call_output',
  call_id: callId,
  output: value,
});
const fn = (name: string, more: Fields = {}): Fields => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: { a: { type: 'integer' } } },
  ...more,
});
const agents = { type: 'namespace', name: 'agents', description: 'Agents.', tools: [fn('close')] };
const itemOf = ({ whole }: AgentAnswer): Fields => whole.output[0] as Fields;

const RESPONSES: readonly Case[] = [
  {
    name: 'developer messages at the beginning and later',
    body: {
      instructions: 'I',
      input: [
        { type: 'message', role: 'developer', content: [input('A')] },
        { role: 'developer', content: 'B' },
        message(input('Hi')),
        { role: 'developer', content: 'C' },
      ],
    },
    sent: (body) => {
      expect(body.messages[0]).toEqual({ role: 'system', content: 'I\n\nA\n\nB' });
      expect(body.messages[1].content).toContain('<system-reminder>\nC');
    },
  },
  {
    name: 'a namespace',
    body: { input: [message(input('go')), callOf('close', { namespace: 'agents' }), output('ok')], tools: [agents] },
    script: { calls: [{ name: 'agents__close', arguments: { a: 2 } }] },
    sent: (body) => {
      expect(names(body)).toEqual(['agents__close']);
      expect(body.messages[1].tool_calls[0].function.name).toBe('agents__close');
    },
    answer: (answer) =>
      expect(itemOf(answer)).toMatchObject({ name: 'close', namespace: 'agents', arguments: '{"a":2}' }),
  },
  {
    name: 'the bare name of a tool in a namespace',
    body: { input: 'go', tools: [agents] },
    script: { calls: [{ name: 'close', arguments: { a: 2 } }] },
    answer: (answer) => expect(itemOf(answer)).toMatchObject({ name: 'close', namespace: 'agents' }),
  },
  {
    name: 'a custom tool with a grammar',
    body: {
      input: [
        message(input('go')),
        { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: 'old' },
        { type: 'custom_tool_call_output', call_id: 'c1', output: 'done' },
      ],
      tools: [{ type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } }],
    },
    script: { calls: [{ name: 'patch', arguments: { input: '*** a\n"b"' } }] },
    sent: (body) => {
      expect(body.tools[0].function.description).toContain('start: "x"');
      expect(JSON.parse(String(body.messages[1].tool_calls[0].function.arguments))).toEqual({ input: 'old' });
    },
    answer: (answer) => expect(itemOf(answer)).toMatchObject({ type: 'custom_tool_call', input: '*** a\n"b"' }),
  },
  {
    name: 'tools among the items; the first of two names counts',
    body: {
      input: [
        { type: 'additional_tools', role: 'developer', tools: [fn('f', { description: 'second' }), fn('g')] },
        message(input('go')),
      ],
      tools: [fn('f', { description: 'first' })],
    },
    sent: (body) => {
      expect(names(body)).toEqual(['f', 'g']);
      expect(body.tools[0].function.description).toBe('first');
      expect(roles(body)).toBe('user');
    },
  },
  {
    name: 'a web search beside other tools, and alone',
    body: { input: 'go', tools: [{ type: 'web_search', external_web_access: true }], tool_choice: 'auto' },
    sent: (body) => expect(body).not.toHaveProperty('tools'),
  },
  {
    name: 'an output of images',
    body: {
      input: [
        message(input('go')),
        callOf('f'),
        output([{ type: 'input_image', image_url: `data:image/png;base64,${PNG}` }]),
      ],
      tools: [fn('f')],
    },
    sent: (body) => expect(roles(body)).toBe('user assistant tool user'),
  },
  {
    name: 'a message between a call and its output',
    body: { input: [message(input('go')), callOf('f'), message(input('wait')), output('ok')], tools: [fn('f')] },
    sent: (body) => {
      expect(roles(body)).toBe('user assistant tool user');
      expect(body.messages[3].content).toBe('wait');
    },
  },
  {
    name: 'reasoning without text',
    body: { input: [message(input('go')), { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }] },
    sent: (body) => {
      expect(roles(body)).toBe('user');
      expect(JSON.stringify(body)).not.toContain('gAAA');
    },
  },
  {
    name: 'a length',
    body: { input: 'go' },
    script: { text: 'Half', finish: 'length' },
    answer: ({ ending, whole }) =>
      expect([ending, whole.incomplete_details.reason]).toEqual(['incomplete', 'max_output_tokens']),
  },
  {
    name: 'no usage',
    body: { input: 'go' },
    script: { text: 'A', noUsage: true },
    answer: ({ whole }) => expect(whole.usage.input_tokens).toBeGreaterThan(0),
  },
  {
    name: 'a strict schema',
    body: {
      input: 'go',
      text: {
        format: {
          type: 'json_schema',
          name: 'n',
          strict: true,
          schema: { type: 'object', properties: { a: { const: 1 } }, required: ['a'], additionalProperties: false },
        },
      },
    },
    sent: (body) => expect(body.response_format.json_schema).toMatchObject({ name: 'n', strict: true }),
    answer: ({ text: said }) => expect(JSON.parse(said)).toEqual({ a: 1 }),
  },
  {
    name: 'allowed tools',
    body: {
      input: 'go',
      tools: [fn('f'), fn('g')],
      tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] },
    },
    sent: (body) => expect([names(body), body.tool_choice]).toEqual([['g'], 'required']),
  },
  {
    name: 'unknown items and references',
    body: { input: [{ type: 'mystery' }, { type: 'item_reference', id: 'msg_1' }, { role: 'user', content: 'go' }] },
    sent: (body) => expect(body.messages).toEqual([{ role: 'user', content: 'go' }]),
  },
  {
    name: 'a search among tools',
    body: {
      input: [
        message(input('go')),
        { type: 'tool_search_call', call_id: 'c1', execution: 'client', arguments: { query: 'x' } },
        { type: 'tool_search_output', call_id: 'c1', tools: [fn('found', { defer_loading: true })] },
      ],
      tools: [{ type: 'tool_search', execution: 'client', parameters: {} }, fn('hidden', { defer_loading: true })],
    },
    script: { calls: [{ name: 'tool_search', arguments: { query: 'y' } }] },
    sent: (body) => expect(names(body)).toEqual(['tool_search', 'found']),
    answer: (answer) =>
      expect(itemOf(answer)).toMatchObject({
        type: 'tool_search_call',
        execution: 'client',
        arguments: { query: 'y' },
      }),
  },
  {
    name: 'raw reasoning for a client that shows no summary',
    body: { input: 'go' },
    script: { thinking: 'Deep.', text: 'A' },
    answer: (answer) => expect(itemOf(answer)).toMatchObject({ type: 'reasoning', content: [{ text: 'Deep.' }] }),
  },
];

function judge(path: string, cases: readonly Case[], more: Fields): void {
  for (const isStreamed of [false, true]) {
    it.each(cases.map((each) => [each.name, each] as const))(
      `%s${isStreamed ? ', streamed' : ''}`,
      async (_name, { body, script, sent, answer }) => {
        // The first call teaches that the upstream has chat completions only.
        await setup.ask(path, { ...more, messages: [user('Hi')], input: 'Hi' });
        setup.simulator.reset();
        if (script) setup.simulator.next(script);
        const seen = await setup.ask(path, { ...more, ...body, stream: isStreamed });
        const read = readAgentAnswer(path, isStreamed, seen);
        sent?.(setup.lastBody());
        answer?.(read);
      },
    );
  }
}

describe('/v1/messages', () => {
  judge('/v1/messages', MESSAGES, { model: 'm', max_tokens: 100 });
});

describe('/v1/responses', () => {
  judge('/v1/responses', RESPONSES, { model: 'm' });

  it('takes a compressed body', async () => {
    const body = zstdCompressSync(JSON.stringify({ model: 'm', input: 'go' }));
    const headers = { 'content-encoding': 'zstd', 'content-type': 'application/json' };
    const { status } = await fetch(`${setup.proxy.url}/v1/responses`, { method: 'POST', headers, body });
    expect(status).toBe(200);
  });
});

describe('a search that nothing can run', () => {
  const body = {
    model: 'm',
    max_tokens: 100,
    messages: [user('Perform a web search for the query: news of today')],
    tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 8 }],
  };
  const TYPES = ['server_tool_use', 'web_search_tool_result', 'text'];

  it('is an error in the answer, and no call', async () => {
    await setup.ask('/v1/messages', { ...body, tools: [] });
    setup.simulator.reset();
    const whole = JSON.parse((await setup.ask('/v1/messages', body)).text) as Fields;
    expect(whole.content.map(({ type }: Fields) => String(type))).toEqual(TYPES);
    expect(whole.content[0].input).toEqual({ query: 'news of today' });
    expect(whole.content[1]).toMatchObject({
      tool_use_id: whole.content[0].id,
      content: { error_code: 'unavailable' },
    });
    const { text: stream } = await setup.ask('/v1/messages', { ...body, stream: true });
    for (const type of TYPES) expect(stream).toContain(`"content_block":{"type":"${type}"`);
    expect(stream).toContain('event: message_stop');
    expect(setup.simulator.requests).toEqual([]);
  });

  it('is a rejection for other tools of the vendor alone, and left out beside other tools', async () => {
    const tools = [{ type: 'code_execution_20250825', name: 'code_execution' }];
    const seen = await setup.ask('/v1/messages', { ...body, tools });
    expect([seen.status, seen.headers.get('x-should-retry')]).toEqual([400, 'false']);
    expect(seen.text).toContain('code_execution_20250825');
    expect((await setup.ask('/v1/messages', { ...body, tools: [...tools, tool('f')] })).status).toBe(200);
    expect(names(setup.lastBody() as Fields)).toEqual(['f']);
  });
});

describe('a conversation that is too long', () => {
  const error = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9431 tokens.";

  it.each([
    ['/v1/messages', { max_tokens: 100, messages: [user('Hi')] }, 'prompt is too long: 9431 tokens > 8192 maximum'],
    ['/v1/responses', { input: 'Hi' }, '"code":"context_length_exceeded"'],
  ])('%s', async (path, body, text_) => {
    await setup.ask(path, { model: 'm', ...body });
    setup.simulator.next({ status: 400, error });
    const seen = await setup.ask(path, { model: 'm', ...body });
    expect([seen.status, seen.text]).toEqual([400, expect.stringContaining(text_)]);
  });
});

describe('more tokens than the model can write', () => {
  const limited = withProxy({ dialect: 'anthropic', catalogue: 'plain' });

  it.each([
    ['/v1/messages', { max_tokens: 99_999, messages: [user('Hi')] }, false],
    ['/v1/messages', { max_tokens: 99_999, messages: [user('Hi')] }, true],
    ['/v1/responses', { max_output_tokens: 99_999, input: 'Hi' }, false],
    ['/v1/responses', { max_output_tokens: 99_999, input: 'Hi' }, true],
  ])('are limited: %s %j, streamed: %s', async (path, body, stream) => {
    const seen = await limited.ask(path, { model: 'sim-chat', ...body, stream });
    expect(readAgentAnswer(path, stream, seen).text).not.toBe('');
    expect(limited.lastBody().max_tokens).toBe(8192);
  });
});

describe('a stop sequence that is watched for here', () => {
  const watching = withProxy({ apis: ['responses'], catalogue: 'plain' });

  it.each([false, true])('is named (streamed: %s)', async (stream) => {
    const seen = await watching.ask('/v1/messages', {
      model: 'sim-chat',
      max_tokens: 100,
      messages: [user('@sim {"text":"One END two"}')],
      stop_sequences: ['STOP', 'END'],
      stream,
    });
    const { ending, text: said, whole } = readAgentAnswer('/v1/messages', stream, seen);
    expect([ending, whole.stop_sequence, said]).toEqual(['stop_sequence', 'END', 'One ']);
  });
});
