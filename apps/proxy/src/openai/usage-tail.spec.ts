import { describe, expect, it } from 'vitest';
import { UsageTail } from './usage-tail.js';

const usageOf = (text: string, size = text.length): unknown => {
  const tail = new UsageTail();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) tail.feed([bytes.subarray(at, at + size)]);
  return tail.usage;
};

const END = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}';

describe('the rest of what traces tell', () => {
  it('is the model at the beginning and the reasons at the end, never what a text says', () => {
    const tail = new UsageTail(true);
    const text = JSON.stringify('"model":"no","finish_reason":"no"').repeat(2000);
    tail.feed([Buffer.from('{"id":"1","model":"m-1","choices":[{"text":')]);
    tail.feed([Buffer.from(text), Buffer.from(',"finish_reason":"length"},{"text":"","finish_reason" : "stop"}]}')]);
    expect([tail.responseModel, tail.finishReasons]).toEqual(['m-1', ['length', 'stop']]);
  });

  it('is not kept for nobody', () => {
    const tail = new UsageTail();
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

  it.each(['', '{"usage":null}', '{"usage":', '{"usage":{"prompt_tokens":', '"usage" of what {}', '\xff\xfe'])(
    'is missing in %j',
    (text) => {
      expect(usageOf(text)).toBeUndefined();
    },
  );
});
