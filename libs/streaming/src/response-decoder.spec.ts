import { describe, expect, it } from 'vitest';
import { TranslationError } from '#errors';
import type { SseEvent } from './sse-decoder.js';
import { ResponseDecoder, MAX_JSON_BYTES } from './response-decoder.js';

const SIZES = [1, 2, 3, 7, 64, 65_536];
const STREAM = 'text/event-stream; charset=utf-8';
const JSON_TYPE = 'application/json';

const BODIES: { name: string; type: string; body: string; streams: boolean; data: string[] }[] = [
  {
    name: 'a stream of events',
    type: STREAM,
    body: 'data: {"a":1}\n\ndata: [DONE]\n\n',
    streams: true,
    data: ['{"a":1}', '[DONE]'],
  },
  {
    name: 'a stream under the type of JSON',
    type: JSON_TYPE,
    body: 'data: {"a":1}\n\n',
    streams: true,
    data: ['{"a":1}'],
  },
  { name: 'a stream without a type', type: '', body: 'event: x\ndata: 1\n\n', streams: true, data: ['1'] },
  { name: 'a stream that begins with a comment', type: '', body: ': ping\n\ndata: 1\n\n', streams: true, data: ['1'] },
  { name: 'a stream that begins with an id', type: '', body: 'id: 1\ndata: 1\n\n', streams: true, data: ['1'] },
  {
    name: 'a stream that begins with an error',
    type: '',
    body: 'error: {"a":1}\n\n',
    streams: true,
    data: ['{"a":1}'],
  },
  { name: 'a stream after blank lines', type: STREAM, body: '\n\r\n  \ndata: 1\n\n', streams: true, data: ['1'] },
  {
    name: 'a stream after a byte order mark',
    type: STREAM,
    body: '\uFEFFdata: 1\n\ndata: 2\n\n',
    streams: true,
    data: ['1', '2'],
  },
  { name: 'JSON', type: JSON_TYPE, body: '{"a": "ü🙂"}', streams: false, data: ['{"a": "ü🙂"}'] },
  { name: 'JSON for a stream', type: JSON_TYPE, body: '{"choices":[]}\n', streams: false, data: ['{"choices":[]}'] },
  {
    name: 'JSON labelled as a stream',
    type: STREAM,
    body: '{"error":{"message":"x"}}',
    streams: false,
    data: ['{"error":{"message":"x"}}'],
  },
  {
    name: 'a JSON array labelled as a stream',
    type: STREAM,
    body: '[{"error":{}}]',
    streams: false,
    data: ['[{"error":{}}]'],
  },
  { name: 'JSON over several lines', type: STREAM, body: '{\n  "a": 1\n}\n', streams: false, data: ['{\n  "a": 1\n}'] },
  {
    name: 'JSON after minutes of blank lines',
    type: JSON_TYPE,
    body: `${'\n'.repeat(200)} {"a":1}`,
    streams: false,
    data: ['{"a":1}'],
  },
  { name: 'JSON after a byte order mark', type: JSON_TYPE, body: '\uFEFF{"a":1}', streams: false, data: ['{"a":1}'] },
  { name: 'markup', type: 'text/html', body: '<html>busy</html>', streams: false, data: ['<html>busy</html>'] },
  { name: 'an empty body', type: JSON_TYPE, body: '', streams: false, data: [] },
  { name: 'a body of white space', type: STREAM, body: '  \n\n', streams: false, data: [] },
];

describe('response decoder', () => {
  describe.each(BODIES)('reads $name', ({ type, body, streams, data }) => {
    it.each(SIZES)('in pieces of %i bytes', (size) => {
      const { decoder, take } = open(type);

      for (const part of cut(body, size)) decoder.feed(part);
      decoder.end();

      expect(take().map((event) => event.data)).toEqual(streams ? data : []);
      expect(decoder.whole()).toBe(streams ? undefined : data[0]);
    });
  });

  it('returns JSON at the end only', () => {
    const { decoder, take } = open(STREAM);

    decoder.feed(bytes('{"a":1}\n\n'));
    decoder.end();

    expect(take()).toEqual([]);
    expect(decoder.whole()).toBe('{"a":1}');
  });

  it('passes events on as they come', () => {
    const { decoder, take } = open(STREAM);

    decoder.feed(bytes('data: 1\n\ndata: 2\n'));
    expect(take()).toEqual([{ name: '', data: '1' }]);
    decoder.end();
    expect(take()).toEqual([{ name: '', data: '2' }]);
  });

  it('keeps the name of an event', () => {
    const { decoder, take } = open('');

    decoder.feed(bytes('event: error\ndata: {}\n\n'));

    expect(take()).toEqual([{ name: 'error', data: '{}' }]);
  });

  it('rejects JSON over the limit', () => {
    const { decoder } = open(JSON_TYPE);
    const half = new Uint8Array(MAX_JSON_BYTES / 2).fill(32);
    half[0] = 123;

    decoder.feed(half);
    decoder.feed(half);

    expect(() => decoder.feed(bytes('}'))).toThrow(TranslationError);
  });
});

/** A decoder, and the events that it has passed on since the last call of `take`. */
function open(type: string): { decoder: ResponseDecoder; take: () => SseEvent[] } {
  const events: SseEvent[] = [];
  return {
    decoder: new ResponseDecoder(type, { readEvent: (event) => void events.push(event) }),
    take: () => events.splice(0),
  };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function cut(text: string, size: number): Uint8Array[] {
  const whole = bytes(text);
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, turn) =>
    whole.subarray(turn * size, (turn + 1) * size),
  );
}
