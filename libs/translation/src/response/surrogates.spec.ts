import { describe, expect, it } from 'vitest';
import type { OllamaChatResponse, OpenAiDelta } from '#contracts';
import { TranslationService } from '../translation.service.js';

const service = new TranslationService({ now: () => 1, timestamp: () => 't' }, () => 'call_x');

function streamOf(events: readonly string[], size: number) {
  const stream = service.chatStream(
    {
      model: 'm',
      messages: [],
      tools: [],
      stream: true,
      options: {},
      logprobs: false,
      top_logprobs: 0,
      truncate: true,
    },
    { contentType: 'text/event-stream', watchedStops: [], received: 0, sent: 0 },
  );
  const bytes = Buffer.from(`${events.map((event) => `data: ${event}\n\n`).join('')}data: [DONE]\n\n`);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    stream.feed([bytes.subarray(at, at + size)]);
    lines.push(...stream.take());
  }
  stream.flush();
  lines.push(...stream.take(), ...stream.end());
  return lines.map((line) => JSON.parse(line) as OllamaChatResponse);
}

/** The text is a JSON string without its quotes. */
const event = (text: string, field = 'content', more = ''): string =>
  `{"choices":[{"index":0,"delta":{"${field}":"${text}"}${more}}]}`;
const STOP = ',"finish_reason":"stop"';

describe('half of a surrogate pair from an upstream', () => {
  it.each([1, 13, 10_000])('joins the other half in the next event, in pieces of %i bytes', (size) => {
    const events = [event('a'), event('b\\ud83d'), event('\\ude42c'), event('d', 'content', STOP)];
    const lines = streamOf(events, size);
    const text = lines.map(({ message }) => message.content).join('');
    expect(text).toBe('ab🙂cd');
    expect(lines.every(({ message }) => !/[\ud800-\udfff]/u.test(message.content))).toBe(true);
  });

  it.each([1, 13, 10_000])('is U+FFFD where none follows, in pieces of %i bytes', (size) => {
    const events = [event('a\\ud83d'), event('b\\ude42'), event('c\\ud83d', 'content', STOP)];
    const text = streamOf(events, size)
      .map(({ message }) => message.content)
      .join('');
    expect(text).toBe('a\ufffdb\ufffdc\ufffd');
  });

  it('is mended in thinking and in arguments', () => {
    const call = {
      tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{"a":"x\\ud83d","b":"\\ud83d\\ude42"}' } }],
    } as OpenAiDelta;
    const events = [
      event('t\\ud83d', 'reasoning_content'),
      JSON.stringify({ choices: [{ delta: call }] }),
      event('', 'content', STOP),
    ];
    const lines = streamOf(events, 10_000);
    expect(lines.map(({ message }) => message.thinking ?? '').join('')).toBe('t\ufffd');
    expect(lines.flatMap(({ message }) => message.tool_calls ?? [])[0]?.function.arguments).toEqual({
      a: 'x\ufffd',
      b: '🙂',
    });
  });
});
