import { describe, expect, it } from 'vitest';
import { CompletionsToChat } from './completions-to-chat.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The body as chat, read in pieces of `size` bytes. */
function convert(text: string, type: string, size: number): string {
  const reader = new CompletionsToChat(type);
  const bytes = encoder.encode(text);
  let out = '';
  for (let at = 0; at < bytes.length; at += size) out += decoder.decode(reader.feed([bytes.subarray(at, at + size)]));
  return out + decoder.decode(reader.end());
}

const HEAD = { id: 'cmpl-1', object: 'text_completion', created: 5, model: 'm' };
const chunk = (...choices: object[]) => ({ ...HEAD, choices });
const sse = (...events: (object | string)[]) =>
  events.map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`).join('');
const dataOf = (text: string): unknown[] =>
  text
    .split('\n\n')
    .filter((each) => each !== '')
    .map((each) => (each === 'data: [DONE]' ? '[DONE]' : JSON.parse(each.replace(/^data: /, ''))));

const USAGE = { ...HEAD, choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } };

describe.each([1, 7, 64, 100_000])('a text completion as a chat, in pieces of %i bytes', (size) => {
  it('is a stream of deltas, each choice with a role at its beginning', () => {
    const seen = dataOf(
      convert(
        sse(
          chunk({ index: 0, text: 'Hé', finish_reason: null }),
          chunk({ index: 1, text: '🙂', finish_reason: null }),
          chunk({
            index: 0,
            text: ' you',
            finish_reason: null,
            logprobs: { tokens: [' you'], token_logprobs: [-0.5] },
          }),
          chunk({ index: 0, text: '', finish_reason: 'length' }),
          USAGE,
          '[DONE]',
        ),
        'text/event-stream',
        size,
      ),
    );
    const choice = (index: number, delta: object, more: object = {}) => ({
      ...HEAD,
      object: 'chat.completion.chunk',
      choices: [{ index, delta, finish_reason: null, logprobs: null, ...more }],
    });
    const token = { token: ' you', logprob: -0.5, bytes: [32, 121, 111, 117], top_logprobs: [] };
    expect(seen).toEqual([
      choice(0, { role: 'assistant', content: 'Hé' }),
      choice(1, { role: 'assistant', content: '🙂' }),
      choice(0, { content: ' you' }, { logprobs: { content: [token], refusal: null } }),
      choice(0, {}, { finish_reason: 'length' }),
      { ...USAGE, object: 'chat.completion.chunk' },
      '[DONE]',
    ]);
  });

  it('is one object where it was one', () => {
    const whole = { ...chunk({ index: 0, text: 'Hé', finish_reason: 'stop', logprobs: null }), usage: USAGE.usage };
    expect(JSON.parse(convert(JSON.stringify(whole), 'application/json', size))).toEqual({
      ...HEAD,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hé', refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: USAGE.usage,
    });
  });

  it('keeps errors as they are', () => {
    const error = '{"error":{"message":"gone"}}';
    const begun = sse(chunk({ index: 0, text: 'a', finish_reason: null }));
    expect(convert(`${begun}event: error\ndata: ${error}\n\n`, 'text/event-stream', size)).toContain(
      `event: error\ndata: ${error}\n\n`,
    );
    expect(convert(error, 'application/json', size)).toBe(error);
  });
});
