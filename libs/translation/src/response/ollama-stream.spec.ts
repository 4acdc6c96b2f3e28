import { describe, expect, it } from 'vitest';
import type { OllamaChatResponse, OllamaGenerateResponse, OpenAiChoice, OpenAiDelta } from '#contracts';
import type { SseEvent } from '#streaming';
import { writeChatLine, writeGenerateLine } from './lines.js';
import type { OllamaStreamOptions } from './ollama-stream.js';
import { OllamaStream } from './ollama-stream.js';

const CALLS: OpenAiDelta = {
  tool_calls: [
    { index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } },
    { index: 1, id: 'b', function: { name: 'g', arguments: '' } },
  ],
};
const STOP = event({}, { finish_reason: 'stop' });
const DONE: SseEvent = { name: '', data: '[DONE]' };

describe('Ollama stream', () => {
  it('joins the text of one batch only', () => {
    const answer = chat();

    const first = feed(answer, [event({ content: 'Hel' }), event({ content: 'lo' })]);
    const second = feed(answer, [event({ content: ' you' })]);

    expect(first.map(view)).toEqual(['content: Hello']);
    expect(second.map(view)).toEqual(['content:  you']);
  });

  it('writes one line for each kind of text, in order', () => {
    const answer = chat();

    const lines = feed(answer, [
      event({ reasoning: 'Let ' }),
      event({ reasoning: 'me see.' }),
      event({ content: 'So', reasoning: ' Hm.' }),
      event({ content: '.' }),
    ]);

    expect(lines.map(view)).toEqual(['thinking: Let me see. Hm.', 'content: So.']);
  });

  it.each<[string, SseEvent[]]>([
    ['only a role', [event({ content: '' })]],
    ['nothing', []],
    ['only null', [event({ content: null })]],
    ['fragments of calls', [event(CALLS)]],
    ['a finish reason', [STOP]],
    ['the end', [DONE]],
  ])('writes no line for a batch with %s', (_what, events) => {
    expect(feed(chat(), events)).toEqual([]);
  });

  it('ends with one empty line with done', () => {
    const answer = chat();

    feed(answer, [event({ content: 'Hi' }), STOP, DONE]);

    expect(linesOf(answer, answer.end())).toEqual([
      {
        model: 'm:latest',
        created_at: '2025-01-01T00:00:00.000Z',
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'stop',
        total_duration: 40_000_000,
        load_duration: 20_000_000,
        prompt_eval_count: 5,
        prompt_eval_duration: 10_000_000,
        eval_count: 1,
        eval_duration: 10_000_000,
      },
    ]);
  });

  it('writes all calls on one line before the last', () => {
    const answer = chat();

    const lines = [
      ...feed(answer, [event({ content: 'Wait.' }), event(CALLS), STOP, DONE]),
      ...linesOf(answer, answer.end()),
    ];

    expect(lines.map(view)).toEqual(['content: Wait.', 'calls: f({"x":1}), g({})', 'done: stop']);
    expect(lines[1]).toMatchObject({ done: false, message: { content: '' } });
    expect(lines[1]?.message.tool_calls?.map((call) => call.function.index)).toEqual([0, 1]);
  });

  it('writes held back text before the last line', () => {
    const answer = chat();

    expect(feed(answer, [event({ content: '<thi' })])).toEqual([]);
    feed(answer, [STOP, DONE]);

    expect(linesOf(answer, answer.end()).map(view)).toEqual(['content: <thi', 'done: stop']);
  });

  it('has the same content as one object', () => {
    const answer = chat();

    feed(answer, [event({ reasoning: 'T' }), event({ content: 'A' })]);
    feed(answer, [event({ content: 'B' }), event(CALLS), STOP, DONE]);

    expect(answer.whole()).toMatchObject({
      message: { content: 'AB', thinking: 'T', tool_calls: [{ id: 'a' }, { id: 'b' }] },
      done: true,
      done_reason: 'stop',
    });
  });

  it('reads a JSON response for streamed and whole replies', () => {
    const body = JSON.stringify({
      choices: [{ message: { content: 'Hi', ...CALLS }, finish_reason: 'tool_calls' }],
      usage: { prompt_tokens: 7, completion_tokens: 3 },
    });
    const [streamed, whole] = [chat(), chat()];

    feedBody(streamed, body);
    feedBody(whole, body);

    expect(linesOf(streamed, streamed.end()).map(view)).toEqual([
      'content: Hi',
      'calls: f({"x":1}), g({})',
      'done: stop',
    ]);
    expect(whole.whole()).toMatchObject({ message: { content: 'Hi' }, prompt_eval_count: 7, eval_count: 3 });
  });

  it('is over at [DONE] and finished before', () => {
    const answer = chat();

    feed(answer, [event({ content: 'Hi' })]);
    expect([answer.isFinished, answer.isOver]).toEqual([false, false]);
    feed(answer, [STOP]);
    expect([answer.isFinished, answer.isOver]).toEqual([true, false]);
    feed(answer, [DONE]);
    expect([answer.isFinished, answer.isOver]).toEqual([true, true]);
  });

  it('writes the text before a failure, then fails', () => {
    const answer = chat();

    const lines = feed(answer, [event({ content: 'Hi' }), { name: 'error', data: '{"error":{"message":"Broke"}}' }]);

    expect(lines.map(view)).toEqual(['content: Hi']);
    expect(answer.isOver).toBe(true);
    expect(() => answer.end()).toThrow('Broke');
    expect(() => answer.whole()).toThrow('Broke');
  });

  it('fails when the response is incomplete', () => {
    const answer = chat();

    feed(answer, [event({ content: 'Hi' })]);

    expect(() => answer.end()).toThrow('upstream error: the answer broke off before its end');
  });

  it('has logprobs on the lines of their text, and all of them in one object', () => {
    const logprobs = (token: string): Partial<OpenAiChoice> => ({ logprobs: { content: [{ token, logprob: -1 }] } });
    const events = ['A', 'B'].map((token) => event({ content: token }, logprobs(token)));
    const [streamed, whole] = [chat(), chat()];

    const lines = events.flatMap((each) => feed(streamed, [each]));
    feed(whole, [...events, STOP, DONE]);

    expect(lines.map((line) => line.logprobs?.map(({ token }) => token))).toEqual([['A'], ['B']]);
    expect(whole.whole().logprobs?.map(({ token }) => token)).toEqual(['A', 'B']);
  });

  it('drops thinking that was not requested', () => {
    const answer = chat({ thinking: false });

    expect(feed(answer, [event({ content: '<think>T</think>A', reasoning: 'T' })]).map(view)).toEqual(['content: A']);
  });
});

describe('Ollama stream of generate', () => {
  it('has an empty context on each line, and the whole text in that of the last', () => {
    const answer = new OllamaStream<OllamaGenerateResponse>(
      { ...options(), context: (content) => [content.length] },
      writeGenerateLine,
    );

    const lines = [
      ...feed(answer, [event({ content: 'Hel' })]),
      ...feed(answer, [event({ content: 'lo' }), STOP, DONE]),
    ];

    expect(lines.map(({ response, context }) => [response, context])).toEqual([
      ['Hel', []],
      ['lo', []],
    ]);
    expect(linesOf(answer, answer.end())).toMatchObject([{ response: '', done: true, context: [5] }]);
  });

  it('has no context when there is none', () => {
    const answer = new OllamaStream<OllamaGenerateResponse>(
      { ...options(), context: () => undefined },
      writeGenerateLine,
    );

    feed(answer, [event({ content: 'Hi' }), STOP, DONE]);

    expect(linesOf(answer, answer.end())[0]).not.toHaveProperty('context');
  });
});

function feed<Line extends object>(stream: OllamaStream<Line>, events: readonly SseEvent[]): Line[] {
  const text = events.map(({ name, data }) => `${name && `event: ${name}\n`}data: ${data}\n\n`).join('');
  const isReady = stream.feed([new TextEncoder().encode(text)]);
  const lines = stream.take();
  expect(lines.length > 0).toBe(isReady);
  return linesOf(stream, lines);
}

/** Each text is one line. */
function linesOf<Line extends object>(_stream: OllamaStream<Line>, texts: readonly string[]): Line[] {
  return texts.map((text) => {
    expect(text.indexOf('\n')).toBe(text.length - 1);
    return JSON.parse(text) as Line;
  });
}

function feedBody<Line extends object>(stream: OllamaStream<Line>, body: string): void {
  expect(stream.feed([new TextEncoder().encode(body)])).toBe(false);
  expect(stream.flush()).toBe(false);
}

function chat(more: Partial<OllamaStreamOptions> = {}): OllamaStream<OllamaChatResponse> {
  return new OllamaStream({ ...options(), ...more }, writeChatLine);
}

/** The clock advances ten milliseconds with each reading. */
function options(): OllamaStreamOptions {
  let now = 120;
  return {
    model: 'm:latest',
    clock: { now: () => (now += 10), timestamp: () => '2025-01-01T00:00:00.000Z' },
    received: 100,
    sent: 120,
    contentType: 'text/event-stream',
    watchedStops: [],
    promptEstimate: 5,
    thinking: true,
    topLogprobs: 0,
    newId: () => 'new',
  };
}

function event(delta: OpenAiDelta, more: Partial<OpenAiChoice> = {}): SseEvent {
  return { name: '', data: JSON.stringify({ choices: [{ index: 0, delta, ...more }] }) };
}

function view({ message, done, done_reason }: OllamaChatResponse): string {
  if (done) return `done: ${String(done_reason)}${message.content}`;
  if (message.thinking !== undefined) return `thinking: ${message.thinking}${message.content}`;
  const calls = message.tool_calls?.map((each) => `${each.function.name}(${JSON.stringify(each.function.arguments)})`);
  return calls ? `calls: ${calls.join(', ')}` : `content: ${message.content}`;
}
