import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OllamaMessage, OllamaToolCall, OpenAiMessage } from '#contracts';
import { toOpenAiMessages } from './conversation.js';

const TWO_CALLS = asked(call('f', { n: 1 }, 'a'), call('g', { n: 2 }, 'b'));

describe('results of several calls', () => {
  it.each<[string, OllamaMessage[], string[]]>([
    ['by their ids', [tool('2', { tool_call_id: 'b' }), tool('1', { tool_call_id: 'a' })], ['b', 'a']],
    ['by their names', [tool('2', { tool_name: 'g' }), tool('1', { tool_name: 'f' })], ['b', 'a']],
    ['by their order', [tool('1'), tool('2')], ['a', 'b']],
    ['by id before name', [tool('2', { tool_call_id: 'b', tool_name: 'f' }), tool('1')], ['b', 'a']],
    ['by order when the id is unknown', [tool('1', { tool_call_id: 'z' }), tool('2')], ['a', 'b']],
  ])('find their calls %s', (_how, results, ids) => {
    const messages = toOpenAiMessages([TWO_CALLS, ...results], []);

    expect(messages.slice(1).map(({ tool_call_id, content }) => [tool_call_id, content])).toEqual(
      results.map(({ content }, index) => [ids[index], content]),
    );
  });

  it('are added where the client sent none', () => {
    const messages = toOpenAiMessages([TWO_CALLS, tool('1'), { role: 'user', content: 'And?' }, asked()], []);

    expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'tool', 'user', 'assistant']);
    expect(messages.slice(2, 4)).toEqual([
      { role: 'tool', tool_call_id: 'b', content: '(no result)' },
      { role: 'user', content: 'And?' },
    ]);
  });

  it('are added before the next user message', () => {
    const messages = toOpenAiMessages([TWO_CALLS, { role: 'user', content: 'And?' }], []);

    expect(messages.slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: '(no result)' },
      { role: 'tool', tool_call_id: 'b', content: '(no result)' },
      { role: 'user', content: 'And?' },
    ]);
  });

  it('get a call each when the client forgot the calls', () => {
    const messages = toOpenAiMessages(
      [asked(), tool('1'), tool('2', { tool_name: 'g' })],
      [{ function: { name: 'f' } }],
    );

    expect(messages[0]?.tool_calls?.map((each) => each.function.name)).toEqual(['f', 'g']);
    expect(messages.slice(1).map(({ tool_call_id }) => tool_call_id)).toEqual(
      messages[0]?.tool_calls?.map(({ id }) => id),
    );
  });

  it('belong to the calls that were written as text, one by one', () => {
    const content = 'Calling f with input: {"n":1}\nCalling g with input: {"n":2}';

    const messages = toOpenAiMessages([{ role: 'assistant', content }, tool('1'), tool('2')], []);

    expect(messages[0]?.tool_calls?.map((each) => each.function)).toEqual([
      { name: 'f', arguments: '{"n":1}' },
      { name: 'g', arguments: '{"n":2}' },
    ]);
  });

  it('send their images on after the last of them', () => {
    const messages = toOpenAiMessages(
      [TWO_CALLS, tool('1', { images: ['AAAA'] }), tool('2', { images: ['BBBB'] })],
      [],
    );

    expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'tool', 'user']);
    expect(messages.at(-1)?.content).toHaveLength(2);
  });

  it('keep apart calls of several turns that have the same id', () => {
    const turn = [asked(call('f', {}, '0')), tool('x', { tool_call_id: '0' })];

    const messages = toOpenAiMessages([...turn, ...turn, ...turn], []);

    expect(new Set(messages.flatMap(({ tool_calls }) => tool_calls?.map(({ id }) => id) ?? [])).size).toBe(3);
    checkCalls(messages);
  });
});

describe('messages', () => {
  it.each<[OllamaMessage, OpenAiMessage]>([
    [
      { role: 'system', content: 's' },
      { role: 'system', content: 's' },
    ],
    [
      { role: 'user', content: 'u' },
      { role: 'user', content: 'u' },
    ],
    [
      { role: 'assistant', content: 'a', thinking: 't' },
      { role: 'assistant', content: 'a' },
    ],
    [
      { role: 'critic', content: 'c' },
      { role: 'user', content: 'c' },
    ],
    [
      { role: '', content: '' },
      { role: 'user', content: '' },
    ],
    [
      { role: 'user', content: 'See', images: ['iVBORw0KGgo='] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ],
    [
      { role: 'user', content: '', images: ['UklGRiQIAABXQVZF'] },
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'UklGRiQIAABXQVZF', format: 'wav' } }] },
    ],
  ])('%j become %j', (message, expected) => {
    expect(toOpenAiMessages([message], [])).toStrictEqual([expected]);
  });

  it('of any conversation are accepted by a strict upstream', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 14 }), fc.array(anyName, { maxLength: 2 }), (given, names) => {
        const copy = structuredClone(given);

        const messages = toOpenAiMessages(
          given,
          names.map((name) => ({ function: { name } })),
        );

        checkCalls(messages);
        expect(texts(messages)).toEqual(given.map(({ content }) => content).filter((text) => text !== ''));
        expect(
          toOpenAiMessages(
            given,
            names.map((name) => ({ function: { name } })),
          ),
        ).toEqual(messages);
        expect(given).toEqual(copy);
      }),
      { numRuns: 300 },
    );
  });
});

const anyId = fc.constantFrom('0', 'a', 'b', 'call_0', 'call_1', 'call_2');
const anyName = fc.constantFrom('f', 'g', 'h');
const anyCall = fc.record(
  { id: anyId, function: fc.record({ name: anyName, arguments: fc.dictionary(fc.string(), fc.jsonValue()) }) },
  { requiredKeys: ['function'] },
) as fc.Arbitrary<OllamaToolCall>;
const anyMessage = fc.record(
  {
    role: fc.constantFrom('system', 'user', 'assistant', 'assistant', 'tool', 'tool', 'tool', 'developer', ''),
    content: fc.oneof(
      fc.constantFrom('', 'x', 'Calling f with input: {"n":1}', 'Calling f with input: {n}'),
      fc.string(),
    ),
    tool_calls: fc.array(anyCall, { minLength: 1, maxLength: 3 }),
    images: fc.constant(['AAAA']),
    tool_name: anyName,
    tool_call_id: anyId,
  },
  { requiredKeys: ['role', 'content'] },
) as fc.Arbitrary<OllamaMessage>;

/** Each result answers an open call of the assistant before it; no call stays open; all ids differ. */
function checkCalls(messages: readonly OpenAiMessage[]): void {
  const ids = new Set<string>();
  let open = new Set<string>();
  for (const { role, content, tool_calls, tool_call_id } of messages) {
    if (role === 'tool') {
      expect(typeof content).toBe('string');
      expect(open.delete(tool_call_id!)).toBe(true);
      continue;
    }
    expect(open.size).toBe(0);
    if (tool_calls) expect(role).toBe('assistant');
    open = new Set(tool_calls?.map(({ id }) => id));
    for (const each of tool_calls ?? []) {
      expect(each.id).not.toBe('');
      expect(ids.has(each.id)).toBe(false);
      ids.add(each.id);
      expect(JSON.parse(each.function.arguments)).toBeTypeOf('object');
    }
  }
  expect(open.size).toBe(0);
}

/** The texts in order, without added results. */
function texts(messages: readonly OpenAiMessage[]): string[] {
  return messages
    .flatMap(({ content }) =>
      Array.isArray(content) ? content.flatMap((part) => (part.type === 'text' ? part.text : [])) : (content ?? ''),
    )
    .filter((text) => text !== '' && text !== '(no result)');
}

function asked(...calls: OllamaToolCall[]): OllamaMessage {
  return { role: 'assistant', content: '', ...(calls.length > 0 && { tool_calls: calls }) };
}

function call(name: string, parameters: Record<string, unknown>, id?: string): OllamaToolCall {
  return { ...(id !== undefined && { id }), function: { name, arguments: parameters } };
}

function tool(content: string, more: Partial<OllamaMessage> = {}): OllamaMessage {
  return { role: 'tool', content, ...more };
}
