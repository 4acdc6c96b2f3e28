import { describe, expect, it } from 'vitest';
import type { OpenAiAnswer, OpenAiChoice, OpenAiDelta } from '#contracts';
import type { CompletionEnd, CompletionOptions, Segment } from './completion-assembler.js';
import { CompletionAssembler } from './completion-assembler.js';

const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const COUNTS = { prompt: 7, completion: 3 };
const ROLE = delta({ role: 'assistant', content: '' } as OpenAiDelta);
const HI = delta({ content: 'Hi' });
const EMPTY = delta({ content: '' }, { finish_reason: null });
const STOP = delta({}, { finish_reason: 'stop' });
const ONLY_USAGE = { choices: [], usage: USAGE };

interface Tail {
  tail: string;
  events: OpenAiAnswer[];
  /** `[DONE]` came. */
  closed?: boolean;
  counts?: object;
}

/** The ways in which streams end well. */
const TAILS: Tail[] = [
  {
    tail: 'the finish reason, then usage, then [DONE]',
    events: [ROLE, HI, STOP, ONLY_USAGE],
    closed: true,
    counts: COUNTS,
  },
  { tail: 'usage with the finish reason', events: [HI, { ...STOP, usage: USAGE }], closed: true, counts: COUNTS },
  { tail: 'usage with the finish reason and no [DONE]', events: [HI, { ...STOP, usage: USAGE }], counts: COUNTS },
  {
    tail: 'an empty delta with usage and no reason',
    events: [HI, STOP, { ...EMPTY, usage: USAGE }],
    closed: true,
    counts: COUNTS,
  },
  { tail: 'several empty deltas', events: [HI, STOP, EMPTY, { ...EMPTY, usage: USAGE }, EMPTY], counts: COUNTS },
  { tail: 'something after the usage', events: [HI, STOP, ONLY_USAGE, { choices: [] }], counts: COUNTS },
  {
    tail: 'usage three times',
    events: [HI, { ...STOP, usage: USAGE, x_groq: { usage: USAGE } }, ONLY_USAGE],
    counts: COUNTS,
  },
  { tail: "usage in the provider's own field", events: [HI, { ...STOP, x_groq: { usage: USAGE } }], counts: COUNTS },
  {
    tail: 'usage that grew with each event',
    events: [
      { ...HI, usage: { prompt_tokens: 7, completion_tokens: 1 } },
      { ...STOP, usage: USAGE },
    ],
    counts: COUNTS,
  },
  {
    tail: 'usage that is zero at last',
    events: [HI, { ...STOP, usage: USAGE }, { usage: { prompt_tokens: 0 } }],
    counts: COUNTS,
  },
  { tail: 'no usage', events: [HI, STOP] },
  { tail: 'no finish reason but [DONE]', events: [HI], closed: true },
  { tail: 'an empty finish reason and [DONE]', events: [HI, delta({}, { finish_reason: '' })], closed: true },
  { tail: 'two finish reasons', events: [HI, STOP, delta({}, { finish_reason: 'length' })] },
  { tail: 'text with the finish reason', events: [delta({ content: 'Hi' }, { finish_reason: 'stop' })] },
  { tail: 'text after the finish reason', events: [STOP, HI] },
  { tail: 'a choice without a delta', events: [HI, { choices: [{ index: 0, finish_reason: null }] }, STOP] },
  { tail: 'choices that are not ours', events: [HI, { choices: [{ index: 1, delta: { content: 'x' } }] }, STOP] },
  { tail: 'no choices at first', events: [{ choices: [] }, { choices: null }, HI, STOP] },
  {
    tail: 'the whole message beside each delta',
    events: [
      { choices: [{ delta: { content: 'H' }, message: { content: 'H' } }] },
      { choices: [{ delta: { content: 'i' }, message: { content: 'Hi' }, finish_reason: 'stop' }] },
    ],
  },
  {
    tail: 'the whole message instead of a last delta',
    events: [HI, { choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] }],
  },
];

describe('a finish reason before the end', () => {
  const of = (reason: string, content = 'x') => delta({ content }, { finish_reason: reason });

  it('is replaced by the one after the last text', () => {
    expect(run([of('stop'), of('stop'), delta({}, { finish_reason: 'length' })], true).end.reason).toBe('length');
    expect(() => run([of('stop'), of('stop'), delta({}, { finish_reason: 'ERROR' })], true)).toThrow('ERROR');
  });

  it('is not trusted when the connection breaks', () => {
    const completion = new CompletionAssembler({ thinking: true, topLogprobs: 0, newId: () => 'id', watchedStops: [] });
    completion.add(of('stop'));
    expect(completion.isFinished).toBe(true);
    completion.add(of('stop'));
    expect(completion.isFinished).toBe(false);
  });

  it.each([
    ['text', delta({ content: 'x' })],
    ['the name of a call', delta({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f' } }] })],
    ['arguments', delta({ tool_calls: [{ index: 0, function: { arguments: '{' } }] })],
  ])('does not finish the answer if %s comes after it', (_what, event) => {
    const completion = new CompletionAssembler({ thinking: true, topLogprobs: 0, newId: () => 'id', watchedStops: [] });
    completion.add(of('stop'));
    completion.add(event);
    expect(completion.isFinished).toBe(false);
  });

  it.each([
    ['usage', { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }],
    ['an empty delta', delta({})],
    ['an empty list of calls', delta({ tool_calls: [] })],
  ])('finishes the answer if only %s comes after it', (_what, event) => {
    const completion = new CompletionAssembler({ thinking: true, topLogprobs: 0, newId: () => 'id', watchedStops: [] });
    completion.add(of('stop'));
    completion.add(event);
    expect(completion.isFinished).toBe(true);
  });

  it('that is unknown does not end the answer by itself', () => {
    const completion = new CompletionAssembler({ thinking: true, topLogprobs: 0, newId: () => 'id', watchedStops: [] });
    completion.add(of('foo'));
    expect(completion.isFinished).toBe(false);
    expect(completion.end(false).reason).toBe('stop');
  });
});

describe('end of an answer', () => {
  it.each(TAILS)('ends well with $tail', ({ events, closed = false, counts }) => {
    const { text, end } = run(events, closed);

    expect(text).toBe('content: Hi');
    expect(end).toMatchObject({ reason: 'stop', toolCalls: [], counts });
  });

  it.each<[string, OpenAiAnswer[], boolean, string]>([
    ['the connection closed', [ROLE, HI], false, 'the answer broke off before its end'],
    ['the connection closed inside a call', [callOf('{"x"')], false, 'the answer broke off before its end'],
    ['[DONE] is all that came', [], true, 'empty answer'],
    ['nothing came', [], false, 'empty answer'],
    ['no text and no reason came', [ROLE, EMPTY, ONLY_USAGE], true, 'empty answer'],
    [
      'generation failed',
      [HI, delta({}, { finish_reason: 'error' })],
      true,
      'generation failed (finish reason "error")',
    ],
    ['it was stopped', [HI, delta({}, { finish_reason: 'abort' })], true, 'generation failed (finish reason "abort")'],
  ])('fails when %s', (_when, events, closed, message) => {
    expect(() => run(events, closed)).toThrow(`upstream error: ${message}`);
  });

  describe.each(['content_filter', 'sensitive', 'SAFETY', 'function_call_filter: blocked', 'RECITATION'])(
    'that ended with %s',
    (reason) => {
      const end = { finish_reason: reason };

      it('shows it in the done reason', () => {
        expect(run([delta({ content: 'T' }, end)], true)).toMatchObject({ end: { reason: 'content_filter' } });
      });

      it('failed when its message is empty', () => {
        expect(() => run([delta({ content: null }, end)], true)).toThrow(`was withheld (finish reason "${reason}")`);
      });
    },
  );

  it('that ended with MALFORMED_FUNCTION_CALL failed', () => {
    expect(() => run([delta({}, { finish_reason: 'MALFORMED_FUNCTION_CALL' })], true)).toThrow('generation failed');
  });

  it.each(['null', 'None', ''])('has not ended with the finish reason "%s"', (reason) => {
    expect(() => run([delta({ content: 'T' }, { finish_reason: reason })], false)).toThrow('broke off');
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['model_length', 'length'],
    ['tool_calls', 'stop'],
    ['tool_call', 'stop'],
    ['function_call', 'stop'],
    ['eos', 'stop'],
    ['eos_token', 'stop'],
    ['stop_sequence', 'stop'],
  ])('that ended with %s ended with %s', (reason, expected) => {
    expect(run([HI, delta({}, { finish_reason: reason })], true).end.reason).toBe(expected);
  });

  it('may be empty when it has a finish reason', () => {
    expect(run([ROLE, STOP], true)).toMatchObject({ text: '', end: { reason: 'stop' } });
  });
});

function delta(given: OpenAiDelta, more: Partial<OpenAiChoice> = {}): OpenAiAnswer {
  return { choices: [{ index: 0, delta: given, ...more }] };
}

function callOf(text: string): OpenAiAnswer {
  return delta({ content: null, tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: text } }] });
}

function run(
  events: readonly OpenAiAnswer[],
  closed: boolean,
  options: Partial<CompletionOptions> = {},
): { segments: Segment[]; text: string; end: CompletionEnd } {
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
  return { segments, end, text: segments.map(({ kind, text }) => `${kind}: ${text}`).join(' | ') };
}
