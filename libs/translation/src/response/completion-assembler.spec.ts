import { describe, expect, it } from 'vitest';
import type { OpenAiAnswer, OpenAiChoice, OpenAiDelta } from '#contracts';
import type { CompletionEnd, CompletionOptions, Segment } from './completion-assembler.js';
import { CompletionAssembler } from './completion-assembler.js';

const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const COUNTS = { prompt: 7, completion: 3 };
const HI = delta({ content: 'Hi' });
const STOP = delta({}, { finish_reason: 'stop' });

describe('completion', () => {
  it.each<[string, OpenAiAnswer[], string]>([
    [
      'parts',
      [delta({ content: [{ type: 'thinking', thinking: [{ text: 'T' }] }, { text: 'A' }] })],
      'thinking: T | content: A',
    ],
    [
      'reasoning, then text',
      [delta({ reasoning: 'T' }), delta({ reasoning: '', content: 'A' })],
      'thinking: T | content: A',
    ],
    ['reasoning beside text', [delta({ reasoning_content: 'T', content: 'A' })], 'thinking: T | content: A'],
    ['tags', [delta({ content: '<think>T</think>A' })], 'thinking: T | content: A'],
    [
      'tags in pieces',
      ['<thi', 'nk>T</', 'think>', 'A'].map((content) => delta({ content })),
      'thinking: T | content: A',
    ],
    ['a tag that is none', [delta({ content: '<thi' })], 'content: <thi'],
    ['a refusal', [delta({ content: null, refusal: 'No.' })], 'content: No.'],
    ['a refusal that is empty', [delta({ content: 'A', refusal: '' })], 'content: A'],
    ['completions', [{ choices: [{ index: 0, text: 'A' }] }, { choices: [{ text: 'B' }] }], 'content: AB'],
    ['a message', [{ choices: [{ message: { content: 'A', reasoning: 'T' } }] }], 'thinking: T | content: A'],
  ])('has text and thinking from %s', (_what, events, text) => {
    expect(run([...events, STOP], true).text).toBe(text);
  });

  it('drops thinking that the client did not want', () => {
    const events = [delta({ reasoning: 'T' }), delta({ content: '<think>T</think>A' }), STOP];

    expect(run(events, true, { thinking: false }).text).toBe('content: A');
  });

  it('has the thinking as its text when the client wants no thinking and nothing else came', () => {
    expect(run([delta({ reasoning: 'T' })], true, { thinking: false })).toMatchObject({ text: 'content: T' });
    const both = [delta({ reasoning: 'T' }), delta({ content: 'C' })];
    expect(run(both, true, { thinking: false })).toMatchObject({ text: 'content: C' });
    const cut = [delta({ reasoning: 'T' }, { finish_reason: 'length' })];
    expect(run(cut, true, { thinking: false })).toMatchObject({ text: '' });
  });

  it('has the tool calls of every choice', () => {
    const call = { id: 'a', function: { name: 'f', arguments: '{"x":1}' } };
    const event = {
      choices: [
        { index: 0, message: { content: 'C' }, finish_reason: 'tool_calls' },
        { index: 1, message: { tool_calls: [call] }, finish_reason: 'tool_calls' },
      ],
    };
    expect(run([event], true).end.toolCalls).toHaveLength(1);
  });

  it('takes thinking that was closed without an opening tag apart, in a whole message', () => {
    const event = { choices: [{ message: { content: 'T\n</think>\n\nC' }, finish_reason: 'stop' }] };
    expect(run([event], true).text).toBe('thinking: T\n | content: C');
  });

  it.each(['stop', 'tool_calls', 'tool_call', ''])('has its calls with the finish reason "%s"', (reason) => {
    const { end } = run([callOf('{"x":1}'), delta({}, { finish_reason: reason })], true);

    expect(end.reason).toBe('stop');
    expect(end.toolCalls).toEqual([{ id: 'a', function: { index: 0, name: 'f', arguments: { x: 1 } } }]);
  });

  it('drops a call that the token limit cut', () => {
    const { end } = run([callOf('{"x":'), delta({}, { finish_reason: 'length' })], true);

    expect(end).toMatchObject({ reason: 'length', toolCalls: [] });
  });

  it('counts its deltas and takes times and counts of the upstream', () => {
    const timings = { prompt_ms: 10, predicted_ms: 20, cache_n: 1, prompt_n: 2, predicted_n: 4 };

    expect(run([HI, HI, { ...STOP, timings }], true).end).toMatchObject({
      deltas: 2,
      counts: { prompt: 3, completion: 4 },
      times: { promptMs: 10, completionMs: 20 },
    });
    expect(
      run(
        [
          { ...HI, timings },
          { ...STOP, usage: USAGE },
        ],
        true,
      ).end.counts,
    ).toEqual(COUNTS);
  });

  it('counts the last timings', () => {
    const timed = (predicted_n: number): OpenAiAnswer => ({ ...HI, timings: { prompt_n: 2, predicted_n } });

    expect(run([timed(1), timed(2), timed(3), STOP], true).end.counts).toEqual({ prompt: 2, completion: 3 });
  });

  it('keeps logprobs with their text', () => {
    const logprobs = (token: string): Partial<OpenAiChoice> => ({ logprobs: { content: [{ token, logprob: -1 }] } });

    const { segments } = run(
      [delta({ content: 'A' }, logprobs('A')), delta({ content: 'B' }, logprobs('B')), STOP],
      true,
    );

    expect(segments).toMatchObject([{ kind: 'content', text: 'AB', logprobs: [{ token: 'A' }, { token: 'B' }] }]);
  });
});

describe('an answer that begins inside of its thinking', () => {
  const openedBy = '</think>';
  const text = (content: string): OpenAiAnswer => delta({ content });
  const LENGTH: OpenAiAnswer = { choices: [{ index: 0, delta: {}, finish_reason: 'length' }] };

  it.each([
    ['not known', undefined, [text('T</thi'), text('nk>A'), STOP], 'content: T</think>A', 'perhaps'],
    ['not known, end of line', undefined, [text('T</thi'), text('nk>\nA'), STOP], 'content: T</think>\nA', true],
    ['not known, mentioned', undefined, [text('T </thi'), text('nk> A'), STOP], 'content: T </think> A', undefined],
    ['known', openedBy, [text('T</thi'), text('nk>A'), STOP], 'thinking: T | content: A', true],
    ['known, cut', openedBy, [text('T'), LENGTH], 'thinking: T | content: T', undefined],
    ['known, content cut', openedBy, [text('T</think>A'), LENGTH], 'thinking: T | content: A', true],
    ['known, cut in a call', openedBy, [text('T'), callOf('{"a'), LENGTH], 'thinking: T | content: T', undefined],
    ['known, cut after a call', openedBy, [text('T'), callOf('{}'), LENGTH], 'thinking: T', undefined],
    ['known, cut and whole', openedBy, [wholeOf('T', 'length')], 'content: T', undefined],
    ['known, but whole without', openedBy, [wholeOf('A', 'stop')], 'content: A', false],
    ['known, without text', openedBy, [callOf('{}'), STOP], '', undefined],
    ['known, with calls instead of an end', openedBy, [text('T'), callOf('{}'), STOP], 'thinking: T', false],
    ['known, but not this one', openedBy, [text('A'), STOP], 'thinking: A | content: A', false],
    ['known, but marked', openedBy, [text('<think>T</think>A'), STOP], 'thinking: T | content: A', false],
    ['known, but apart', openedBy, [delta({ reasoning: 'T' }), text('A'), STOP], 'thinking: T | content: A', false],
    [
      'not known, apart',
      undefined,
      [delta({ reasoning: 'T' }), text('A</think>B'), STOP],
      'thinking: T | content: A</think>B',
      undefined,
    ],
  ])('%s', (_case, known, events, expected, isOpened) => {
    const { text: found, answer } = run(events, true, known === undefined ? {} : { openedBy: known });

    expect(found).toBe(expected);
    const opened = answer.openedThinking(found.split('content: ')[1] ?? '');
    const isCertain = isOpened !== 'perhaps';
    expect(opened).toEqual(
      isOpened === undefined ? undefined : { closing: openedBy, isOpened: Boolean(isOpened), isCertain },
    );
  });

  it('is the answer, once, where the client wants no thinking and none was marked', () => {
    for (const end of [STOP, LENGTH])
      expect(run([text('A'), end], true, { openedBy, thinking: false }).text).toBe('content: A');
    expect(run([text('T</think>A'), STOP], true, { openedBy, thinking: false }).text).toBe('content: A');
  });
});

function delta(given: OpenAiDelta, more: Partial<OpenAiChoice> = {}): OpenAiAnswer {
  return { choices: [{ index: 0, delta: given, ...more }] };
}

function wholeOf(content: string, reason: string): OpenAiAnswer {
  return { choices: [{ index: 0, message: { content }, finish_reason: reason }] };
}

function callOf(text: string): OpenAiAnswer {
  return delta({ content: null, tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: text } }] });
}

function run(
  events: readonly OpenAiAnswer[],
  closed: boolean,
  options: Partial<CompletionOptions> = {},
): { segments: Segment[]; text: string; end: CompletionEnd; answer: CompletionAssembler } {
  const answer = new CompletionAssembler({
    thinking: true,
    topLogprobs: 0,
    newId: () => 'new',
    watchedStops: [],
    ...options,
  });
  for (const event of events) answer.add(event);
  const end = answer.end(closed);
  const segments = answer.take();
  return { answer, segments, end, text: segments.map(({ kind, text }) => `${kind}: ${text}`).join(' | ') };
}
