import { describe, expect, it } from 'vitest';
import type { LineParts } from './lines.js';
import { LineEncoder, writeChatLine, writeGenerateLine } from './lines.js';

const NOW = '2025-01-01T00:00:00.000Z';
const HEAD = { model: 'm', created_at: NOW };
const CALL = { id: 'a', function: { index: 0, name: 'f', arguments: {} } };
const LOGPROBS = [{ token: 'a', logprob: -1 }];
const METRICS = { total_duration: 2, load_duration: 1, eval_count: 3 };

const LINES: { parts: LineParts; chat: object; generate: object }[] = [
  {
    parts: { content: 'Hi' },
    chat: { ...HEAD, message: { role: 'assistant', content: 'Hi' }, done: false },
    generate: { ...HEAD, response: 'Hi', done: false, context: [] },
  },
  {
    parts: { thinking: 'T' },
    chat: { ...HEAD, message: { role: 'assistant', content: '', thinking: 'T' }, done: false },
    generate: { ...HEAD, response: '', thinking: 'T', done: false, context: [] },
  },
  {
    parts: { toolCalls: [CALL] },
    chat: { ...HEAD, message: { role: 'assistant', content: '', tool_calls: [CALL] }, done: false },
    generate: { ...HEAD, response: '', done: false, context: [] },
  },
  {
    parts: { content: 'Hi', logprobs: LOGPROBS },
    chat: { ...HEAD, message: { role: 'assistant', content: 'Hi' }, done: false, logprobs: LOGPROBS },
    generate: { ...HEAD, response: 'Hi', done: false, logprobs: LOGPROBS, context: [] },
  },
  {
    parts: { done: { reason: 'length', metrics: METRICS } },
    chat: { ...HEAD, message: { role: 'assistant', content: '' }, done: true, done_reason: 'length', ...METRICS },
    generate: { ...HEAD, response: '', done: true, done_reason: 'length', ...METRICS },
  },
  {
    parts: { done: { reason: 'load' } },
    chat: { ...HEAD, message: { role: 'assistant', content: '' }, done: true, done_reason: 'load' },
    generate: { ...HEAD, response: '', done: true, done_reason: 'load' },
  },
  {
    parts: { content: 'Hi', done: { reason: 'stop', context: [1, 2] } },
    chat: { ...HEAD, message: { role: 'assistant', content: 'Hi' }, done: true, done_reason: 'stop', context: [1, 2] },
    generate: { ...HEAD, response: 'Hi', done: true, done_reason: 'stop', context: [1, 2] },
  },
  {
    parts: { content: '', thinking: '', toolCalls: [], logprobs: [] },
    chat: { ...HEAD, message: { role: 'assistant', content: '' }, done: false },
    generate: { ...HEAD, response: '', done: false, context: [] },
  },
];

describe('lines', () => {
  it.each(LINES)('contain $parts without nulls and empty keys', ({ parts, chat, generate }) => {
    expect(writeChatLine('m', NOW, parts)).toStrictEqual(chat);
    expect(writeGenerateLine('m', NOW, parts)).toStrictEqual(generate);
  });

  it('have the keys in the order of Ollama', () => {
    const line = writeChatLine('m', NOW, { content: 'Hi', done: { reason: 'stop', metrics: METRICS } });

    expect(Object.keys(line)).toEqual([
      ...['model', 'created_at', 'message', 'done', 'done_reason', 'total_duration', 'load_duration', 'eval_count'],
    ]);
  });
});

describe('LineEncoder', () => {
  it.each([writeChatLine, writeGenerateLine])(
    'writes a text around which the line is rendered as any other',
    (write) => {
      for (const model of ['m:latest', 'a"b', '\u0000', '\ud83d'])
        for (const kind of ['content', 'thinking'] as const)
          for (const text of ['Hi', '"', '\\', '\n\u0000\u2028', 'Grüße 🙂', '<&>', '\ud83d', '$&']) {
            const encoder = new LineEncoder(model, write);
            const expected = `${JSON.stringify(write(model, NOW, { [kind]: text }))}\n`;
            expect([encoder.encodeText(NOW, kind, text), encoder.encodeText(NOW, kind, text)]).toEqual([
              expected,
              expected,
            ]);
          }
    },
  );
});
