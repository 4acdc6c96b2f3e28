import { describe, expect, it } from 'vitest';
import type { CompactionOptions } from './compaction-encoder.js';
import { CompactionEncoder } from './compaction-encoder.js';
import type { ResponseEnd } from './response-encoder.js';
import { ToolSet } from './tools.js';

const options: CompactionOptions = {
  id: 'resp_1',
  createdAt: 1,
  model: 'm',
  tools: new ToolSet(),
  showsSummary: false,
  wantsEncrypted: true,
  echo: {},
  inputEstimate: 7,
  showsRefusal: false,
  seal: (text) => `sealed ${text}`,
};
const END: ResponseEnd = { finishReason: 'stop', toolCalls: [], usage: { input: 10, output: 5 } };
const SUMMARY = [
  { kind: 'thinking', text: 'What matters?' },
  { kind: 'content', text: 'They spoke ' },
  { kind: 'content', text: 'of apples.' },
] as const;
const ITEM = { type: 'compaction', encrypted_content: 'sealed They spoke of apples.' };

describe('a compaction', () => {
  it('is one item with the sealed summary, without what was thought', () => {
    const encoder = new CompactionEncoder(options);
    expect(encoder.whole(SUMMARY, END)).toMatchObject({ object: 'response', status: 'completed', output: [ITEM] });
    expect(encoder.final).toMatchObject({ id: 'resp_1' });
  });

  it('on its own route repeats the messages of the user', () => {
    const input = [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] },
      { type: 'reasoning', summary: [] },
    ];
    const encoder = new CompactionEncoder({ ...options, input });
    const whole = encoder.whole(SUMMARY, END) as { output: object[] };
    expect(whole).toMatchObject({ id: 'resp_1', object: 'response.compaction', usage: { input_tokens: 10 } });
    expect(whole.output).toMatchObject([{ type: 'message', role: 'user' }, ITEM]);
    expect(encoder.final).toBeUndefined();
  });

  it('is streamed as one item at the end', () => {
    const encoder = new CompactionEncoder(options);
    const begun = encoder.start() + SUMMARY.map((part) => encoder.parts([part])).join('');
    expect(begun).not.toContain('apples');
    const events = [...encoder.end(END).matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as object);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'response.output_item.done', item: expect.objectContaining(ITEM) as object }),
    );
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output: [ITEM] } });
  });

  it('without a summary is a failure', () => {
    const encoder = new CompactionEncoder(options);
    expect(() => encoder.whole([{ kind: 'content', text: ' \n' }], END)).toThrow('empty answer');
  });
});
