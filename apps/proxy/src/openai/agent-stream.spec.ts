import { describe, expect, it } from 'vitest';
import { AgentStream } from './agent-stream.js';

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const STARTED =
  event('response.created', { sequence_number: 0, response: { id: 'resp_1', metadata: { id: 'x' } } }) +
  event('response.output_text.delta', { sequence_number: 1, delta: 'event: response.completed' });

function watch(api: 'messages' | 'responses', text: string, size: number): AgentStream {
  const bytes = Buffer.from(text);
  const stream = new AgentStream(api);
  for (let at = 0; at < bytes.length; at += size) stream.feed([bytes.subarray(at, at + size)]);
  return stream;
}

describe.each([1, 7, 64, 100_000])('a stream in pieces of %d bytes', (size) => {
  it.each([
    ['responses', STARTED, false],
    ['responses', STARTED + event('response.completed', { response: { output: 'x'.repeat(5000) } }), true],
    ['responses', STARTED + event('response.failed'), true],
    ['responses', STARTED + event('error'), true],
    ['responses', 'data: {"type":"response.created"}\n\n', undefined],
    ['responses', 'event: response.created\r\ndata: {}\r\n\r\n', false],
    ['messages', event('message_start') + event('content_block_stop'), false],
    ['messages', event('message_start') + event('message_delta'), true],
    ['messages', event('message_start') + event('message_delta') + event('message_stop'), true],
  ] as const)('of %s is over: %#', (api, text, isOver) => {
    expect(watch(api, text, size).isOver).toBe(isOver);
  });

  it('fails in both forms, with its id and the next numbers', () => {
    const failure = watch('responses', STARTED, size).failure('broken');
    const events = [...failure.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, name, data]) => [
      name,
      JSON.parse(data!) as object,
    ]);
    const error = { code: 'server_error', message: 'broken' };
    expect(events).toEqual([
      ['error', expect.objectContaining({ type: 'error', ...error, sequence_number: expect.any(Number) })],
      [
        'response.failed',
        expect.objectContaining({ response: expect.objectContaining({ id: 'resp_1', status: 'failed', error }) }),
      ],
    ]);
    if (size > 100) expect(events[1]?.[1]).toMatchObject({ sequence_number: 3 });
  });
});
