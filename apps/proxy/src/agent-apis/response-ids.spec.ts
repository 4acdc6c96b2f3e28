import { describe, expect, it } from 'vitest';
import { ResponseIds } from './response-ids.js';

const event = (type: string, fields: object, hasName = true): string =>
  `${hasName ? `event: ${type}\n` : ''}data: ${JSON.stringify({ type, ...fields })}\n\n`;

function idsIn(contentType: string, text: string, size: number): string[] {
  const kept: string[] = [];
  const reader = new ResponseIds(contentType, (ids) => void kept.push(...ids));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) void reader.feed([bytes.subarray(at, at + size)]);
  void reader.end();
  return kept;
}

describe.each([1, 13, 100_000])('in pieces of %d bytes', (size) => {
  it.each([true, false])('finds the ids of a stream whose events have names: %s', (hasName) => {
    const stream = [
      event('response.created', { metadata: { id: 'x' }, response: { metadata: { id: 'y' }, id: 'resp_1' } }, hasName),
      event('response.output_item.added', { item: { id: 'msg_1' } }, hasName),
      event('response.output_text.delta', { delta: '"type":"response.created","response":{"id":"z"}' }, hasName),
      event('response.output_item.done', { item: { id: 'msg_1' } }, hasName),
    ];
    expect(idsIn('text/event-stream', stream.join(''), size)).toEqual(['resp_1', 'msg_1']);
  });

  it('finds the ids of a whole response', () => {
    const response = { metadata: { id: 'x' }, id: 'resp_1', output: [{ id: 'rs_1' }, { id: 'msg_1' }, null, 7] };
    expect(idsIn('application/json', JSON.stringify(response), size)).toEqual(['resp_1', 'rs_1', 'msg_1']);
  });

  it.each(['', 'not JSON', '[]', '{"id":7,"output":{}}', 'event: response.created\ndata: {"resp'])(
    'finds none in %j',
    (text) => {
      expect(idsIn('application/json', text, size)).toEqual([]);
    },
  );
});

it('keeps a bounded number', () => {
  const output = Array.from({ length: 5000 }, (_each, at) => ({ id: `msg_${at}` }));
  expect(idsIn('application/json', JSON.stringify({ id: 'resp_1', output }), 1e6)).toHaveLength(1000);
});
