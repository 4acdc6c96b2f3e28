import { describe, expect, it } from 'vitest';
import { TranslationError, UpstreamError } from '#errors';
import type { SseEvent } from '#streaming';
import { EventReader } from './event-reader.js';
import { CompletionAssembler } from './completion-assembler.js';

const TEXT = { choices: [{ index: 0, delta: { content: 'Hi' } }] };
const FINISH = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };

interface Failing {
  shape: string;
  event: object | SseEvent;
  text: string;
  status: number;
}

/** Each shape of a failure inside a 200 response. */
const FAILURES: Failing[] = [
  {
    shape: 'an error beside choices',
    event: {
      error: { code: 502, message: 'Provider broke' },
      choices: [{ delta: { content: '' }, finish_reason: 'error' }],
    },
    text: 'Provider broke',
    status: 502,
  },
  {
    shape: 'an error beside text and a finish reason',
    event: { error: { message: 'Broke' }, choices: [{ delta: { content: 'lost' }, finish_reason: 'stop' }] },
    text: 'Broke',
    status: 502,
  },
  {
    shape: 'an event named error',
    event: { name: 'error', data: '{"error":{"message":"Failed","type":"x","status_code":429}}' },
    text: 'Failed',
    status: 429,
  },
  {
    shape: 'an event named error without JSON',
    event: { name: 'error', data: 'broken pipe' },
    text: 'broken pipe',
    status: 502,
  },
  {
    shape: 'the field error',
    event: { name: 'error', data: '{"code":500,"message":"slot unavailable","type":"server_error"}' },
    text: 'slot unavailable',
    status: 500,
  },
  {
    shape: 'an error object',
    event: { error: { message: 'Engine died', type: 'x', code: 400 } },
    text: 'Engine died',
    status: 400,
  },
  {
    shape: 'the object "error"',
    event: { object: 'error', message: 'Too long', type: 'BadRequestError', param: null, code: 400 },
    text: 'Too long',
    status: 400,
  },
  {
    shape: 'an error with an HTTP status',
    event: { error: { message: 'Overloaded', http_status_code: 429 } },
    text: 'Overloaded',
    status: 429,
  },
  { shape: 'an error text', event: { error: 'Gone', error_type: 'generation' }, text: 'Gone', status: 502 },
  {
    shape: 'an error and a message',
    event: { error: { message: 'Full' }, message: 'Full' },
    text: 'Full',
    status: 502,
  },
  { shape: 'a code that is text', event: { error: { message: 'Slow', code: '429' } }, text: 'Slow', status: 429 },
  { shape: 'a code that is a word', event: { error: { message: 'Bad', code: 'bad_thing' } }, text: 'Bad', status: 502 },
  { shape: 'an error without words', event: { error: {} }, text: 'upstream error', status: 502 },
  { shape: 'an error that is true', event: { error: true }, text: 'upstream error', status: 502 },
  {
    shape: 'an error in the choice',
    event: {
      choices: [{ message: { content: '' }, finish_reason: 'tool_calls', error: { code: 503, message: 'Busy' } }],
    },
    text: 'Busy',
    status: 503,
  },
  { shape: 'a message and no choices', event: { message: 'Nope' }, text: 'Nope', status: 502 },
  {
    shape: 'a detail and no choices',
    event: { detail: [{ loc: ['body', 'x'], msg: 'bad' }] },
    text: 'body.x: bad',
    status: 502,
  },
  { shape: 'a list with an error', event: [{ error: { code: 404, message: 'No' } }], text: 'No', status: 404 },
  {
    shape: 'a refusal of our key, which is not the fault of the client',
    event: { error: { code: 401, message: 'Incorrect API key provided: sk-abcdef123456.' } },
    text: 'Incorrect API key provided: ***.',
    status: 502,
  },
];

describe('event reader', () => {
  it.each(FAILURES)('fails at $shape', ({ event, text, status }) => {
    const { failure, isOver } = read([TEXT, event, FINISH, '[DONE]']);

    expect(failure).toBeInstanceOf(UpstreamError);
    expect(failure).toMatchObject({ message: text, status });
    expect(isOver).toBe(true);
  });

  it.each(FAILURES)('fails at $shape after the finish reason', ({ event, text }) => {
    expect(read([TEXT, FINISH, event, '[DONE]']).failure?.message).toBe(text);
  });

  it.each(FAILURES.filter(({ event }) => !('data' in event)))(
    'fails at $shape as the whole answer',
    ({ event, text }) => {
      const reader = createReader();

      reader.readWhole(JSON.stringify(event));

      expect(reader.failure?.message).toBe(text);
    },
  );

  it('keeps the text before a failure and nothing of what follows', () => {
    const reader = read([TEXT, { error: { message: 'x' }, ...TEXT }, TEXT]);

    expect(reader.completion.take()).toEqual([{ kind: 'content', text: 'Hi' }]);
  });

  it.each<object>([
    { ...TEXT, error: null },
    { ...TEXT, error: '' },
    { ...TEXT, message: 'of no matter', detail: null },
    { choices: [], usage: { prompt_tokens: 1 } },
    { choices: [{ delta: { content: 'x' }, error: null }] },
    { usage: { prompt_tokens: 1 }, message: 'x' },
    { type: 'ping' },
    {},
  ])('does not fail at %j', (event) => {
    expect(read([event]).failure).toBeUndefined();
  });

  it.each<object>([
    { choices: 'text' },
    { choices: 1 },
    { choices: {} },
    { choices: [null] },
    { choices: [{ delta: 'x' }] },
    { choices: [{ message: 1 }] },
    { choices: [{ delta: { tool_calls: 'x' } }] },
    { choices: [{ delta: { tool_calls: [null] } }] },
  ])('fails at %j, which is no answer', (event) => {
    expect(read([event]).failure?.message).toBe('upstream error: malformed answer');
  });

  it.each(['[DONE]', ' [DONE] ', '[DONE]\n'])('ends at %j and reads no more', (done) => {
    const reader = read([TEXT, done, { error: { message: 'late' } }, TEXT]);

    expect(reader).toMatchObject({ isClosed: true, isOver: true, failure: undefined });
    expect(reader.completion.take()).toEqual([{ kind: 'content', text: 'Hi' }]);
  });

  it('is not over at the finish reason', () => {
    const reader = read([TEXT, FINISH]);

    expect(reader).toMatchObject({ isClosed: false, isOver: false });
    expect(reader.completion.isFinished).toBe(true);
  });

  it('skips empty events', () => {
    expect(read(['', ' ', TEXT])).toMatchObject({ failure: undefined, isOver: false });
  });

  it.each(['oops', '{"choices":', '{}{', '<html>'])('fails at %j without telling what it was', (data) => {
    const { failure } = read([TEXT, data]);

    expect(failure).toBeInstanceOf(TranslationError);
    expect(failure?.message).toBe(`upstream error: malformed data (${data.length} characters)`);
  });

  it.each(['null', '""', '"ping"', '"keep-alive"'])('ignores %s, which keeps the connection open', (data) => {
    expect(read([TEXT, data, TEXT])).toMatchObject({ failure: undefined, isOver: false });
  });

  it.each([{ type: 'ping', cost: 0.01 }, { type: 'keep-alive' }, { object: 'heartbeat' }, {}])(
    'ignores %j between two texts',
    (event) => {
      const reader = read([TEXT, event, TEXT]);
      expect(reader).toMatchObject({ failure: undefined, isOver: false });
      expect(reader.completion.take()).toEqual([{ kind: 'content', text: 'HiHi' }]);
    },
  );

  it.each(['5', 'true', '[]'])('fails at %s, which is no answer', (data) => {
    expect(read([data]).failure).toMatchObject({ message: 'upstream error: not an answer', status: 502 });
  });

  it('takes events apart that no blank line parted', () => {
    const event = `${JSON.stringify(TEXT)}\ndata: ${JSON.stringify(TEXT)}\n[DONE]`;

    const reader = read([event]);

    expect(reader).toMatchObject({ isClosed: true, failure: undefined });
    expect(reader.completion.take()).toEqual([{ kind: 'content', text: 'HiHi' }]);
  });

  it('takes a list of answers for one after the other', () => {
    const reader = read([[TEXT, TEXT]]);

    expect(reader.completion.take()).toEqual([{ kind: 'content', text: 'HiHi' }]);
  });

  it('takes a whole answer for complete', () => {
    const reader = createReader();

    reader.readWhole('\n {"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}');

    expect(reader).toMatchObject({ isClosed: true, failure: undefined });
    expect(reader.completion.take()).toEqual([{ kind: 'content', text: 'Hi' }]);
  });
});

function createReader(): EventReader {
  return new EventReader(
    new CompletionAssembler({ thinking: true, topLogprobs: 0, newId: () => 'new', watchedStops: [] }),
  );
}

function read(events: readonly (string | object | SseEvent)[]): EventReader {
  const reader = createReader();
  for (const event of events) {
    if (typeof event === 'object' && 'data' in event) reader.readEvent(event);
    else reader.readEvent({ name: '', data: typeof event === 'string' ? event : JSON.stringify(event) });
  }
  return reader;
}
