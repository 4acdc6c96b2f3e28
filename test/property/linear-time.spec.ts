import { describe, expect, it } from 'vitest';
import type { UpstreamProfile } from '#dialects';
import { findDialect, shapeRequest } from '#dialects';
import * as messages from '#messages';
import * as responses from '#responses';
import { decodeChatRequest, TranslationService } from '#translation';
import { readChunks } from './read-stream.js';

const MB = 1024 * 1024;
const PATH = { path: '/chat/completions', type: 'text/event-stream' } as const;

const event = (delta: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';

/** Streams of about `bytes`, each of which has a path that could be quadratic. */
const STREAMS: Readonly<Record<string, (bytes: number) => string>> = {
  'one long event': (bytes) => event({ content: 'x'.repeat(bytes) }),
  'an event of many lines': (bytes) =>
    `data: {"choices":[{"index":0,"delta":{"content":"x"}\n${'data:  \n'.repeat(bytes / 8)}data: }]}\n\n`,
  'many small events': (bytes) => event({ content: 'word ' }).repeat(bytes / 60),
  'nothing but comments': (bytes) => ': keep-alive\n\n'.repeat(bytes / 14) + event({ content: 'x' }),
  'white space before any text': (bytes) => event({ content: '  ' }).repeat(bytes / 60) + event({ content: 'x' }),
  'thinking that looks like its end': (bytes) =>
    event({ content: '<think>' }) + event({ content: '</thin' }).repeat(bytes / 60),
  'a call in fragments that look complete': (bytes) =>
    event({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":"' } }] }) +
    event({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }).repeat(bytes / 100) +
    event({ tool_calls: [{ index: 0, function: { arguments: '"}' } }] }),
  'thousands of calls': (bytes) =>
    Array.from({ length: bytes / 100 }, (_, index) =>
      event({ tool_calls: [{ index, id: `call_${String(index)}`, function: { name: 'f', arguments: '{}' } }] }),
    ).join(''),
};

const CHUNKS = [
  { size: 1, bytes: MB / 8 },
  { size: 7, bytes: MB / 2 },
  { size: 64 * 1024, bytes: MB / 2 },
];

describe.each(CHUNKS)('reading in chunks of $size bytes takes linear time', ({ size, bytes }) => {
  it.each(Object.entries(STREAMS))('for %s', { timeout: 120_000 }, (_name, make) => {
    const read = (length: number): void => {
      const body = new TextEncoder().encode(make(Math.floor(length)) + FINISH);
      const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
        body.subarray(index * size, (index + 1) * size),
      );
      expect(readChunks(PATH, chunks).failure).toBeUndefined();
    };
    expect(read).toTakeLinearTime(bytes / 2);
  });
});

/** Bytes of each text in a request. */
const TEXT = 'x'.repeat(500);
const clock = { now: () => 0, timestamp: () => '' };
const translation = new TranslationService(clock, () => 'id');
const plain = findDialect('openai')!;
const alternate: UpstreamProfile = { dialect: plain, adaptations: [{ kind: 'alternate' }] };

function repeat<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function fromChat(request: object): unknown {
  return shapeRequest(translation.chatRequest(decodeChatRequest(request)), alternate);
}

function fromMessages(request: object): unknown {
  const read = messages.readMessagesRequest({ model: 'm', max_tokens: 1, ...request }, true);
  return messages.toChatRequest(read, () => undefined);
}

function fromResponses(input: readonly object[]): unknown {
  return responses.toChatRequest(responses.readResponsesRequest({ model: 'm', input }), () => undefined);
}

/** Translations of a request with `count` elements. */
const REQUESTS: Readonly<Record<string, (count: number) => unknown>> = {
  'chat: messages of one role': (count) =>
    fromChat({ model: 'm', messages: repeat(count, () => ({ role: 'user', content: TEXT })) }),
  'chat: results in the reverse order of their calls': (count) =>
    fromChat({
      model: 'm',
      messages: [
        {
          role: 'assistant',
          tool_calls: repeat(count, (at) => ({ id: `c${String(at)}`, function: { name: 'f', arguments: {} } })),
        },
        ...repeat(count, (at) => ({ role: 'tool', tool_call_id: `c${String(count - 1 - at)}`, content: TEXT })),
      ],
    }),
  'messages: turns of one role': (count) =>
    fromMessages({ messages: repeat(count, () => ({ role: 'user', content: TEXT })) }),
  'messages: blocks of one turn': (count) =>
    fromMessages({ messages: [{ role: 'user', content: repeat(count, () => ({ type: 'text', text: TEXT })) }] }),
  'messages: results in the reverse order of their calls': (count) =>
    fromMessages({
      messages: [
        {
          role: 'assistant',
          content: repeat(count, (at) => ({ type: 'tool_use', id: `c${String(at)}`, name: 'f', input: {} })),
        },
        {
          role: 'user',
          content: repeat(count, (at) => ({
            type: 'tool_result',
            tool_use_id: `c${String(count - 1 - at)}`,
            content: TEXT,
          })),
        },
      ],
    }),
  'responses: messages of one role': (count) => fromResponses(repeat(count, () => ({ role: 'user', content: TEXT }))),
  'responses: texts of the assistant': (count) =>
    fromResponses(repeat(count, () => ({ role: 'assistant', content: TEXT }))),
  'responses: calls, then their outputs in reverse order': (count) =>
    fromResponses([
      ...repeat(count, (at) => ({ type: 'function_call', call_id: `c${String(at)}`, name: 'f', arguments: '{}' })),
      ...repeat(count, (at) => ({
        type: 'function_call_output',
        call_id: `c${String(count - 1 - at)}`,
        output: TEXT,
      })),
    ]),
};

describe('translating a request takes linear time', () => {
  it.each(Object.entries(REQUESTS))('with %s', { timeout: 60_000 }, (_name, translate) => {
    expect(translate).toTakeLinearTime(2000);
  });
});
