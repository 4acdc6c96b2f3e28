import { describe, expect, it } from 'vitest';
import type { OllamaMessage, OllamaTool, OllamaToolCall, OpenAiMessage } from '#contracts';
import { toOpenAiMessages } from './conversation.js';

const CALC: OllamaTool[] = [{ type: 'function', function: { name: 'Calc' } }];
const INPUT = { input: '2+2' };
const ASKED = 'Calc({"input":"2+2"})';
const N8N = 'Calling Calc with input: {"input":"2+2"}';

interface Loop {
  client: string;
  assistant?: OllamaMessage;
  result: OllamaMessage;
  tools?: OllamaTool[];
  expected: string[];
}

/** What clients send after a tool was called; each row is one of them. */
const LOOPS: Loop[] = [
  {
    client: 'sends the whole message back, and the name with the result',
    assistant: assistant('', call('Calc', INPUT, 'call_x', 0)),
    result: result('4', { tool_name: 'Calc' }),
    expected: [`assistant: null → call_x ${ASKED}`, 'tool call_x: 4'],
  },
  {
    client: 'makes its own ids and leaves them out of the result',
    assistant: assistant('', call('Calc', INPUT, '5f1e-uuid')),
    result: result('4'),
    expected: [`assistant: null → 5f1e-uuid ${ASKED}`, 'tool 5f1e-uuid: 4'],
  },
  {
    client: 'makes its own ids and names the tool',
    assistant: assistant('', call('Calc', INPUT, '5f1e-uuid')),
    result: result('4', { tool_name: 'Calc' }),
    expected: [`assistant: null → 5f1e-uuid ${ASKED}`, 'tool 5f1e-uuid: 4'],
  },
  {
    client: 'echoes the id',
    assistant: assistant('', call('Calc', INPUT, 'call_x')),
    result: result('4', { tool_call_id: 'call_x' }),
    expected: [`assistant: null → call_x ${ASKED}`, 'tool call_x: 4'],
  },
  {
    client: 'echoes the id and the name',
    assistant: assistant('', call('Calc', INPUT, 'call_x')),
    result: result('4', { tool_call_id: 'call_x', tool_name: 'Calc' }),
    expected: [`assistant: null → call_x ${ASKED}`, 'tool call_x: 4'],
  },
  {
    client: 'puts the id where the name belongs',
    assistant: assistant('', call('Calc', INPUT, 'call_x')),
    result: result('4', { tool_call_id: 'call_x', tool_name: 'call_x' }),
    expected: [`assistant: null → call_x ${ASKED}`, 'tool call_x: 4'],
  },
  {
    client: 'has no ids but names',
    assistant: assistant('', call('Calc', INPUT)),
    result: result('4', { tool_name: 'Calc' }),
    expected: [`assistant: null → call_0 ${ASKED}`, 'tool call_0: 4'],
  },
  {
    client: 'has neither ids nor names',
    assistant: assistant('', call('Calc', INPUT)),
    result: result('4'),
    expected: [`assistant: null → call_0 ${ASKED}`, 'tool call_0: 4'],
  },
  {
    client: 'does not repeat the tools',
    assistant: assistant('', call('Calc', INPUT)),
    result: result('4'),
    tools: [],
    expected: [`assistant: null → call_0 ${ASKED}`, 'tool call_0: 4'],
  },
  {
    client: 'wraps the result into JSON',
    assistant: assistant('', call('Calc', INPUT)),
    result: result('{"CallId":"c1","Result":4}'),
    expected: [`assistant: null → call_0 ${ASKED}`, 'tool call_0: {"CallId":"c1","Result":4}'],
  },
  {
    client: 'says something before the call',
    assistant: assistant('Let me see.', call('Calc', INPUT, 'call_x')),
    result: result('4', { tool_call_id: 'call_x' }),
    expected: [`assistant: Let me see. → call_x ${ASKED}`, 'tool call_x: 4'],
  },
  {
    client: 'adds an image to the result',
    assistant: assistant('', call('Calc', INPUT, 'call_x')),
    result: result('4', { tool_call_id: 'call_x', images: ['iVBORw0KGgo='] }),
    expected: [`assistant: null → call_x ${ASKED}`, 'tool call_x: 4', 'user: [image_url]'],
  },
  {
    client: 'forgets the call',
    assistant: assistant(''),
    result: result('4'),
    expected: ['assistant: null → call_0 Calc({})', 'tool call_0: 4'],
  },
  {
    client: 'forgets the call but not its text',
    assistant: assistant('Let me see.'),
    result: result('4'),
    expected: ['assistant: Let me see. → call_0 Calc({})', 'tool call_0: 4'],
  },
  {
    client: 'forgets the whole message of the assistant',
    result: result('4', { tool_name: 'Other' }),
    expected: ['assistant: null → call_0 Other({})', 'tool call_0: 4'],
  },
  {
    client: 'forgets the call and the tools',
    assistant: assistant(''),
    result: result('4'),
    tools: [],
    expected: ['assistant: null → call_0 tool({})', 'tool call_0: 4'],
  },
  {
    client: 'forgets the call but has its id',
    assistant: assistant(''),
    result: result('4', { tool_call_id: 'call_x', tool_name: 'Other' }),
    expected: ['assistant: null → call_x Other({})', 'tool call_x: 4'],
  },
  {
    client: 'writes the call as text',
    assistant: assistant(N8N),
    result: result('4'),
    expected: [`assistant: ${N8N} → call_0 ${ASKED}`, 'tool call_0: 4'],
  },
  {
    client: 'writes something like a call as text',
    assistant: assistant('Calling Calc with input: {oops}'),
    result: result('4'),
    expected: ['assistant: Calling Calc with input: {oops} → call_0 Calc({})', 'tool call_0: 4'],
  },
  {
    client: 'reports the result in a user message',
    assistant: assistant('', call('Calc', INPUT)),
    result: { role: 'user', content: '[Calc] Result: 4' },
    expected: [`assistant: null → call_0 ${ASKED}`, 'tool call_0: (no result)', 'user: [Calc] Result: 4'],
  },
];

describe('conversation', () => {
  it.each(LOOPS)('is repaired for a client that $client', ({ assistant: asked, result: given, tools, expected }) => {
    const before: OllamaMessage[] = [{ role: 'user', content: 'What is 2+2?' }];

    const messages = toOpenAiMessages([...before, ...(asked ? [asked] : []), given], tools ?? CALC);

    expect(messages.map(view)).toEqual(['user: What is 2+2?', ...expected]);
  });
});

function assistant(content: string, ...calls: OllamaToolCall[]): OllamaMessage {
  return { role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls }) };
}

function call(name: string, parameters: Record<string, unknown>, id?: string, index?: number): OllamaToolCall {
  return {
    ...(id !== undefined && { id }),
    function: { name, arguments: parameters, ...(index !== undefined && { index }) },
  };
}

function result(content: string, more: Partial<OllamaMessage> = {}): OllamaMessage {
  return { role: 'tool', content, ...more };
}

/** One message on one line. */
function view({ role, content, tool_calls, tool_call_id, ...rest }: OpenAiMessage): string {
  expect(rest).toEqual({});
  const calls = tool_calls?.map((each) => `${each.id} ${each.function.name}(${each.function.arguments})`);
  const text = Array.isArray(content) ? `[${content.map(({ type }) => type).join()}]` : String(content);
  return `${role}${tool_call_id === undefined ? '' : ` ${tool_call_id}`}: ${text}${calls ? ` → ${calls.join()}` : ''}`;
}
