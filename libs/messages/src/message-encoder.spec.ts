import { describe, expect, it } from 'vitest';
import type { AnswerPart } from '#contracts';
import type { EncoderOptions, MessageEnd } from './message-encoder.js';
import { MessageEncoder } from './message-encoder.js';

const options: EncoderOptions = {
  id: 'msg_1',
  model: 'm',
  names: new Map([['sent_name', 'client name']]),
  wantsThinking: true,
  enablesThinking: true,
  omitsThinking: false,
  inputEstimate: 7,
  sign: (thinking, sealed) => `p1.${thinking}${sealed === undefined ? '' : `+${sealed}`}`,
};
const stopped: MessageEnd = { finishReason: 'stop', toolCalls: [], usage: { input: 10, output: 5, cached: 4 } };
const call = (id: string, name: string, args: Record<string, unknown>) => ({
  id,
  function: { index: 0, name, arguments: args },
});

function eventsOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((event) => {
      const [name = '', data = ''] = event.split('\n');
      const parsed = JSON.parse(data.slice('data: '.length)) as Record<string, unknown>;
      expect(name).toBe(`event: ${String(parsed.type)}`);
      return parsed;
    });
}

function stream(parts: readonly AnswerPart[][], end: MessageEnd = stopped, changed: Partial<EncoderOptions> = {}) {
  const encoder = new MessageEncoder({ ...options, ...changed });
  const calls = end.toolCalls.map(({ id = '', function: { name, arguments: value } }): AnswerPart[] => [
    { kind: 'call', id, name, text: JSON.stringify(value) },
  ]);
  return eventsOf([...parts, ...calls].map((each) => encoder.parts(each)).join('') + encoder.end(end));
}

const typesOf = (events: readonly Record<string, unknown>[]): string[] =>
  events.map(({ type, delta }) => [type, ...(delta ? [(delta as { type?: string }).type ?? ''] : [])].join(':'));

describe('a stream', () => {
  it('opens and closes each block, the thinking with its signature', () => {
    const events = stream([
      [{ kind: 'thinking', text: 'Hm' }],
      [
        { kind: 'content', text: 'A' },
        { kind: 'content', text: 'B' },
      ],
    ]);
    expect(typesOf(events)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta:thinking_delta',
      'content_block_delta:signature_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta:text_delta',
      'content_block_delta:text_delta',
      'content_block_stop',
      'message_delta:',
      'message_stop',
    ]);
    expect(events.map(({ index }) => index).filter((each) => each !== undefined)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(events[3]).toMatchObject({ delta: { signature: 'p1.Hm' } });
  });

  it('sends no text of thinking that the client omits, and none at all that it did not ask for', () => {
    const parts: AnswerPart[][] = [[{ kind: 'thinking', text: 'Hm' }], [{ kind: 'content', text: 'A' }]];
    const omitted = stream(parts, stopped, { omitsThinking: true });
    expect(JSON.stringify(omitted)).not.toContain('thinking_delta');
    expect(JSON.stringify(omitted)).toContain('p1.Hm');
    expect(JSON.stringify(stream(parts, stopped, { wantsThinking: false }))).not.toContain('thinking');
  });

  it('sends tool calls under the names of the client, without an empty text block before them', () => {
    const end = {
      ...stopped,
      finishReason: 'tool_calls',
      toolCalls: [call('1', 'sent_name', { a: 1 }), call('2', 'g', {})],
    };
    const events = stream([], end);
    expect(typesOf(events)).toEqual([
      'message_start',
      ...[0, 1].flatMap(() => ['content_block_start', 'content_block_delta:input_json_delta', 'content_block_stop']),
      'message_delta:',
      'message_stop',
    ]);
    expect(events[1]).toMatchObject({ content_block: { type: 'tool_use', id: '1', name: 'client name', input: {} } });
    expect(events[2]).toMatchObject({ delta: { partial_json: '{"a":1}' } });
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } });
  });

  it('sends the arguments of a call as they arrive, one block for each call, and text after them in a new block', () => {
    const events = stream([
      [{ kind: 'content', text: 'A' }],
      [{ kind: 'call', id: '1', name: 'f', text: '{"a"' }],
      [
        { kind: 'call', id: '1', name: 'f', text: ':1}' },
        { kind: 'call', id: '2', name: 'f', text: '{}' },
      ],
      [{ kind: 'content', text: 'B' }],
    ]);
    expect(typesOf(events).filter((type) => type !== 'message_start')).toEqual([
      ...['content_block_start', 'content_block_delta:text_delta', 'content_block_stop'],
      'content_block_start',
      ...['content_block_delta:input_json_delta', 'content_block_delta:input_json_delta'],
      'content_block_stop',
      ...['content_block_start', 'content_block_delta:input_json_delta', 'content_block_stop'],
      ...['content_block_start', 'content_block_delta:text_delta', 'content_block_stop'],
      ...['message_delta:', 'message_stop'],
    ]);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } });
  });

  it('shows a refusal as text', () => {
    const refusal: AnswerPart = { kind: 'refusal', text: 'No.' };
    const expected = { stop_reason: 'refusal', stop_details: { type: 'refusal', explanation: 'No.' } };
    expect(stream([[refusal]]).at(-2)).toMatchObject({ delta: expected });
    expect(new MessageEncoder(options).whole([refusal], stopped)).toMatchObject({
      ...expected,
      content: [{ type: 'text', text: 'No.' }],
    });
  });

  it('counts cached tokens once', () => {
    expect(stream([]).at(-2)).toMatchObject({
      usage: { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 5 },
    });
  });

  it('has numbers where the upstream counts nothing', () => {
    expect(stream([], { ...stopped, usage: undefined }).at(-2)).toMatchObject({ usage: { input_tokens: 7 } });
  });

  it('begins once, also when a ping comes first', () => {
    const encoder = new MessageEncoder(options);
    const events = eventsOf(encoder.ping() + encoder.ping() + encoder.parts([{ kind: 'content', text: 'A' }]));
    expect(typesOf(events).filter((type) => type === 'message_start')).toHaveLength(1);
  });
});

describe('the end', () => {
  it.each([
    [
      { ...stopped, finishReason: 'length' },
      { stop_reason: 'max_tokens', stop_sequence: null },
    ],
    [{ ...stopped, finishReason: 'length', toolCalls: [call('1', 'f', {})] }, { stop_reason: 'max_tokens' }],
    [{ ...stopped, toolCalls: [call('1', 'f', {})] }, { stop_reason: 'tool_use' }],
    [
      { ...stopped, stopSequence: 'END' },
      { stop_reason: 'stop_sequence', stop_sequence: 'END' },
    ],
    [{ ...stopped, finishReason: 'content_filter' }, { stop_reason: 'refusal' }],
    [{ ...stopped, finishReason: 'unheard_of' }, { stop_reason: 'end_turn' }],
  ])('%j', (end, expected) => {
    expect(new MessageEncoder(options).whole([{ kind: 'content', text: 'A' }], end)).toMatchObject(expected);
    expect(stream([[{ kind: 'content', text: 'A' }]], end).at(-2)).toMatchObject({ delta: expected });
  });
});

it('writes a whole answer: thinking, text, calls; an empty list when there is nothing', () => {
  const encoder = new MessageEncoder(options);
  const parts: AnswerPart[] = [
    { kind: 'thinking', text: 'Hm' },
    { kind: 'content', text: 'A' },
  ];
  expect(encoder.whole(parts, { ...stopped, toolCalls: [call('1', 'f', { a: 1 })] })).toMatchObject({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [
      { type: 'thinking', thinking: 'Hm', signature: 'p1.Hm' },
      { type: 'text', text: 'A' },
      { type: 'tool_use', id: '1', name: 'f', input: { a: 1 } },
    ],
  });
  expect(encoder.whole([], stopped)).toMatchObject({ content: [] });
});

it.each([false, true])('has a block for each reasoning that the upstream encrypted (omitted: %s)', (omitsThinking) => {
  const parts: AnswerPart[] = [
    { kind: 'thinking', text: 'Hm' },
    { kind: 'sealed', text: 'gAAA' },
    { kind: 'sealed', text: 'gBBB' },
    { kind: 'content', text: 'A' },
  ];
  const shown = omitsThinking ? '' : 'Hm';
  const content = [
    { type: 'thinking', thinking: shown, signature: 'p1.Hm+gAAA' },
    { type: 'thinking', thinking: '', signature: 'p1.+gBBB' },
    { type: 'text', text: 'A' },
  ];
  const encoder = new MessageEncoder({ ...options, omitsThinking });
  expect(encoder.whole(parts, stopped)).toMatchObject({ content });
  const events = stream(
    parts.map((part) => [part]),
    stopped,
    { omitsThinking },
  );
  const signatures = events.flatMap(({ delta }) => (delta as { signature?: string } | undefined)?.signature ?? []);
  expect(signatures).toEqual(['p1.Hm+gAAA', 'p1.+gBBB']);
  expect(events.filter(({ type }) => type === 'content_block_stop')).toHaveLength(3);
  const plain = new MessageEncoder({ ...options, wantsThinking: false });
  expect(plain.whole(parts, stopped)).toMatchObject({ content: [{ type: 'text', text: 'A' }] });
});

it('has no block of encrypted reasoning alone for a client that has not turned thinking on', () => {
  const parts: AnswerPart[] = [
    { kind: 'sealed', text: 'gAAA' },
    { kind: 'content', text: 'A' },
  ];
  const encoder = new MessageEncoder({ ...options, enablesThinking: false });
  expect(encoder.whole(parts, stopped)).toMatchObject({ content: [{ type: 'text', text: 'A' }] });
  const blocks = stream(
    parts.map((part) => [part]),
    stopped,
    { enablesThinking: false },
  ).filter(({ type }) => type === 'content_block_start');
  expect(blocks).toMatchObject([{ content_block: { type: 'text' } }]);
});
