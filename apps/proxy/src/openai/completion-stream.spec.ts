import { describe, expect, it } from 'vitest';
import { CompletionStream } from './completion-stream.js';

function watch(text: string, size: number): CompletionStream {
  const bytes = Buffer.from(text);
  const stream = new CompletionStream();
  for (let at = 0; at < bytes.length; at += size) stream.feed([bytes.subarray(at, at + size)]);
  return stream;
}

const chunk = (choice: object, fields: object = {}): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, finish_reason: null, ...choice }], ...fields })}\n\n`;
const HI = chunk({ delta: { content: 'hi' } });
const LONG = HI.repeat(500);
const STOP = chunk({ delta: {}, finish_reason: 'stop' });
const QUOTED = chunk({ delta: { content: '"finish_reason":"stop" "error":{"x"\ndata: [DONE]\n' } });
const USAGE = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1, details: 'x'.repeat(20_000) } })}\n\n`;
const ENDLESS = `data: {"choices":[],"image":"${'x'.repeat(300_000)}"}`;
const WITH_SPACE = 'data: {"choices": [{"finish_reason" :\t "length", "delta": {}}]}\n\n';

describe.each([1, 2, 3, 7, 64, 1000, 8192, 1_000_000])('a completion in pieces of %d bytes', (size) => {
  it.each([
    ['[DONE] alone', `${HI}data: [DONE]\n\n`],
    ['[DONE] without a space and a line break', `${HI}data:[DONE]`],
    ['[DONE] and CRLF', `${LONG.replaceAll('\n', '\r\n')}data: [DONE]\r\n\r\n`],
    ['[DONE] as the only event', 'data: [DONE]\n\n'],
    ['[DONE] and a comment', `${HI}data: [DONE]\n\n: bye\n\n`],
    ['a finish reason alone', LONG + STOP],
    ['a finish reason without a line break', LONG + STOP.trimEnd()],
    ['a finish reason long before the end', LONG + STOP + USAGE],
    ['a finish reason before a long end without line breaks', LONG + STOP + ENDLESS],
    ['a finish reason and then others without one', LONG + STOP + HI.repeat(20)],
    [
      'a finish reason before the text of its event',
      HI + `data: {"finish_reason":"stop","text":"${'x'.repeat(9000)}"}\n`,
    ],
    ['a finish reason with white space', HI + WITH_SPACE],
    ['a finish reason of another choice', HI + STOP.replace('"index":0', '"index":1') + HI],
    ['a whole object', '{\n  "choices": [{ "finish_reason": "stop" }]\n}'],
    ["the upstream's own error", `${HI}data: {"error": {"message":"overloaded"}}\n\n`],
  ])('is over with %s', (_name, text) => {
    expect(watch(text, size).isOver).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a delta', HI],
    ['many deltas', LONG],
    ['marks inside a text', QUOTED + LONG],
    ['an empty finish reason', chunk({ finish_reason: '' })],
    ['no error', chunk({ delta: {} }, { error: null })],
    ['usage', HI + USAGE],
    ['a choice that goes on long after the finish reason of another one', LONG + STOP + LONG],
    ['half an event with a finish reason', LONG + STOP.slice(0, STOP.indexOf('stop') + 3)],
    ['half an event behind the finish reason', STOP + USAGE.slice(0, -100)],
    ['half of [DONE]', `${HI}data: [DON`],
  ])('is not over with %s', (_name, text) => {
    expect(watch(text, size).isOver).toBe(false);
  });
});

it.each(['data: [DONE]\n', STOP])('finds a mark at every place around the bytes that are kept: %j', (end) => {
  for (const kept of [8192, 2 * 8192])
    for (let size = kept - end.length; size <= kept; size += 1) {
      const stream = new CompletionStream();
      stream.feed([Buffer.from(`${'x'.repeat(size - 1)}\n`)]);
      for (const byte of Buffer.from(end)) stream.feed([Uint8Array.of(byte)]);
      expect(stream.isOver).toBe(true);
    }
});

describe('the end of a completion', () => {
  it.each([1, 100, 8192, 1_000_000])('has its last events from their beginning on, in pieces of %d bytes', (size) => {
    const last =
      LONG.slice(0, 40_000 - (40_000 % HI.length)) +
      `data: {"usage":1,"text":"${'x'.repeat(30_000)}"}\n\ndata: [DONE]\n\n`;
    const end = watch(last, size).end.toString();
    expect(last.endsWith(end)).toBe(true);
    expect(end).toMatch(/(^|\n)data: {"usage"/);
    expect(end.length).toBeLessThan(90_000);
  });

  it('is bounded where a stream is one event', () => {
    expect(watch('x'.repeat(1_000_000), 1000).end.length).toBeLessThan(300_000);
  });

  it.each([1, 1000])('takes linear time for events of any length in pieces of %d bytes', (size) => {
    expect((bytes: number) => watch(`data: ${'x'.repeat(bytes)}`, size)).toTakeLinearTime(100_000 * Math.min(size, 20));
  });
});
