import { describe, expect, it } from 'vitest';
import { UsageReader } from './usage-reader.js';

const usageOf = (text: string, size = text.length): unknown => {
  const tail = new UsageReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) tail.feed([bytes.subarray(at, at + size)]);
  return tail.usage;
};

const END = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}';

describe('the model and finish reasons for traces', () => {
  it('is the model at the beginning and the reasons at the end, never what a text says', () => {
    const tail = new UsageReader({ isTraced: true });
    const text = JSON.stringify('"model":"no","finish_reason":"no"').repeat(2000);
    tail.feed([Buffer.from('{"id":"1","model":"m-1","choices":[{"text":')]);
    tail.feed([Buffer.from(text), Buffer.from(',"finish_reason":"length"},{"text":"","finish_reason" : "stop"}]}')]);
    expect([tail.responseModel, tail.finishReasons]).toEqual(['m-1', ['length', 'stop']]);
  });

  it('is not kept when nothing reads it', () => {
    const tail = new UsageReader();
    tail.feed([Buffer.from('{"model":"m-1"}')]);
    expect(tail.responseModel).toBe('');
  });
});

describe('usage at the end of an unread answer', () => {
  it.each([1, 7, 1000])('is found in a stream cut every %i bytes', (size) => {
    const stream = `data: {"choices":[{"delta":{"content":"x \\"usage\\" y"}}]}\n\n`.repeat(300);
    expect(usageOf(`${stream}data: ${END}\n\ndata: [DONE]\n\n`, size)).toEqual({ input: 3, output: 4 });
  });

  it('is found in a whole answer, with its details', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 8 },
      completion_tokens_details: { reasoning_tokens: 2 },
    };
    expect(usageOf(JSON.stringify({ choices: [], usage }))).toEqual({ input: 9, output: 5, cached: 8, reasoning: 2 });
  });

  it('is found under the names of other APIs', () => {
    expect(usageOf('{"type":"message_delta","usage":{"input_tokens":2,"output_tokens":1}}')).toEqual({
      input: 2,
      output: 1,
    });
  });

  it.each([1, 7, 64, 100_000])(
    'is read from the first and the last event of the Messages API, cut every %i bytes',
    (size) => {
      const first = `data: {"type":"message_start","message":{"usage":{"input_tokens":9,"cache_creation_input_tokens":100,"cache_read_input_tokens":50000,"output_tokens":1}}}\n\n`;
      const text =
        `data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"x \\"usage\\": {"}}\n\n`.repeat(500);
      const last = `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}\n\n`;
      expect(usageOf(first + text + last, size)).toEqual({ input: 50_109, output: 15, cached: 50_000 });
    },
  );

  it.each([1, 7, 64, 1_000_000])('is read before a long rest, cut every %i bytes', (size) => {
    const usage = { input_tokens: 40_000, output_tokens: 9000, output_tokens_details: { reasoning_tokens: 8000 } };
    const metadata = { a: 'x'.repeat(9000), usage: 'none' };
    expect(usageOf(JSON.stringify({ output: [], usage, metadata }), size)).toEqual({
      input: 40_000,
      output: 9000,
      reasoning: 8000,
    });
  });

  it('is the greatest of a stream that counts in every event', () => {
    const events = [1, 2, 3].map((output) => `data: {"usage":{"prompt_tokens":5,"completion_tokens":${output}}}\n\n`);
    expect(usageOf(events.join(''))).toEqual({ input: 5, output: 3 });
  });

  it.each(['', '{"usage":null}', '{"usage":', '{"usage":{"prompt_tokens":', '"usage" of what {}', '\xff\xfe'])(
    'is missing in %j',
    (text) => {
      expect(usageOf(text)).toBeUndefined();
    },
  );
});

describe('the estimate for a stream without usage', () => {
  const estimateOf = (...events: object[]): unknown => {
    const reader = new UsageReader({ countsText: true });
    for (const event of events) reader.feed([Buffer.from(`data: ${JSON.stringify(event)}\n\n`)]);
    return reader.estimatedUsage;
  };
  const delta = (fields: object): object => ({ choices: [{ index: 0, delta: fields, finish_reason: null }] });

  it.each([
    ['tokens', Array.from({ length: 40 }, () => delta({ content: 'word ' })), 40],
    ['joined tokens', [delta({ content: 'word '.repeat(80) })], 100],
    ['reasoning', [delta({ reasoning_content: 'x'.repeat(400) }), delta({ reasoning: 'x'.repeat(400) })], 200],
    ['arguments', [delta({ tool_calls: [{ index: 0, function: { arguments: 'x'.repeat(400) } }] })], 100],
    ['the Responses API', [{ type: 'response.output_text.delta', delta: 'x'.repeat(400) }], 100],
    ['the Messages API', [{ type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(400) } }], 100],
    ['no text', [delta({ role: 'assistant', content: '' }), delta({})], 0],
  ])('counts %s', (_what, events, output) => {
    expect(estimateOf(...events)).toEqual({ input: undefined, output });
  });

  it('takes what is counted already', () => {
    const start = { type: 'message_start', message: { usage: { input_tokens: 50_000, output_tokens: 1 } } };
    expect(estimateOf(start, { type: 'content_block_delta', delta: { text: 'x'.repeat(400) } })).toEqual({
      input: 50_000,
      output: 100,
    });
  });
});
