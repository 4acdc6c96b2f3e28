import { describe, expect, it } from 'vitest';
import { TranslationError } from '#errors';
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
      const decoder = new ResponseDecoder(type);

      const events = [...cut(body, size).flatMap((part) => decoder.feed(part)), ...decoder.end()];

      expect(events.map((event) => 'data' in event && event.data)).toEqual(streams ? data : []);
      expect(decoder.whole()).toBe(streams ? undefined : data[0]);
    });
  });

  it('returns JSON at the end only', () => {
    const decoder = new ResponseDecoder(STREAM);

    expect(decoder.feed(bytes('{"a":1}\n\n'))).toEqual([]);
    expect(decoder.end()).toEqual([]);
    expect(decoder.whole()).toBe('{"a":1}');
  });

  it('returns events as they come', () => {
    const decoder = new ResponseDecoder(STREAM);

    expect(decoder.feed(bytes('data: 1\n\ndata: 2\n'))).toEqual([{ name: '', data: '1' }]);
    expect(decoder.end()).toEqual([{ name: '', data: '2' }]);
  });

  it('keeps the name of an event', () => {
    const decoder = new ResponseDecoder('');

    expect(decoder.feed(bytes('event: error\ndata: {}\n\n'))).toEqual([{ name: 'error', data: '{}' }]);
  });

  it('rejects JSON over the limit', () => {
    const decoder = new ResponseDecoder(JSON_TYPE);
    const half = new Uint8Array(MAX_JSON_BYTES / 2).fill(32);
    half[0] = 123;

    decoder.feed(half);
    decoder.feed(half);

    expect(() => decoder.feed(bytes('}'))).toThrow(TranslationError);
  });
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function cut(text: string, size: number): Uint8Array[] {
  const whole = bytes(text);
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, turn) =>
    whole.subarray(turn * size, (turn + 1) * size),
  );
}
