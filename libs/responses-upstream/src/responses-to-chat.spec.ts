import type { OpenAiAnswer } from '#contracts';
import { UpstreamError } from '#errors';
import { describe, expect, it } from 'vitest';
import type { ToChatOptions } from './responses-to-chat.js';
import { ResponsesToChat } from './responses-to-chat.js';

type Event = Record<string, unknown>;

const CUT_SIZES = [1, 7, 64, 100_000];
const options: ToChatOptions = {
  contentType: 'text/event-stream',
  isStreamed: true,
  includesUsage: true,
  watchedStops: [],
  carriesItems: false,
  tools: new Set(['weather']),
};
const created: Event = {
  type: 'response.created',
  response: { id: 'resp_1', created_at: 5, model: 'gpt-x', status: 'in_progress' },
};
const usage = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 3,
  output_tokens_details: { reasoning_tokens: 1 },
};
const completed = (more: Event = {}): Event => ({
  type: 'response.completed',
  response: { id: 'resp_1', created_at: 5, model: 'gpt-x', status: 'completed', output: [], usage, ...more },
});
const text = (delta: string, output_index = 0): Event => ({ type: 'response.output_text.delta', output_index, delta });
const call = (output_index: number, id: string, name = 'weather'): Event => ({
  type: 'response.output_item.added',
  output_index,
  item: { type: 'function_call', id: `fc_${id}`, call_id: id, name, arguments: '' },
});
const fragment = (output_index: number, delta: string): Event => ({
  type: 'response.function_call_arguments.delta',
  output_index,
  delta,
});

function toSse(events: readonly Event[]): string {
  return events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

function run(body: string, size: number, changed: Partial<ToChatOptions> = {}): string {
  const reader = new ResponsesToChat({ ...options, ...changed });
  const bytes = new TextEncoder().encode(body);
  const decoder = new TextDecoder();
  let written = '';
  for (let at = 0; at < bytes.length && !reader.isOver; at += size)
    written += decoder.decode(reader.feed([bytes.subarray(at, at + size)]), { stream: true });
  return written + decoder.decode(reader.end());
}

interface Joined {
  content: string;
  refusal: string;
  reasoning: string;
  calls: { id: string; name: string; arguments: string }[];
  finish: unknown;
  usage: unknown;
  isDone: boolean;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What a chat client joins from the chunks. */
function joined(written: string): Joined {
  const joins: Joined = {
    content: '',
    refusal: '',
    reasoning: '',
    calls: [],
    finish: null,
    usage: null,
    isDone: false,
  };
  for (const line of written.split('\n\n').filter(Boolean)) {
    const data = line.slice('data: '.length);
    if (data === '[DONE]') {
      joins.isDone = true;
      continue;
    }
    const chunk = JSON.parse(data) as OpenAiAnswer;
    expect(chunk).toMatchObject({ id: 'resp_1', object: 'chat.completion.chunk', created: 5, model: 'gpt-x' });
    joins.usage = chunk.usage ?? joins.usage;
    const [choice] = chunk.choices ?? [];
    if (!choice) continue;
    joins.finish = choice.finish_reason ?? joins.finish;
    const { delta } = choice;
    joins.content += textOf(delta?.content);
    joins.refusal += textOf(delta?.refusal);
    joins.reasoning += textOf(delta?.reasoning_content);
    for (const part of delta?.tool_calls ?? []) {
      const known = (joins.calls[part.index ?? -1] ??= { id: '', name: '', arguments: '' });
      known.id += part.id ?? '';
      known.name += part.function?.name ?? '';
      known.arguments += textOf(part.function?.arguments);
    }
  }
  return joins;
}

describe.each(CUT_SIZES)('a stream in reads of %i bytes', (size) => {
  const read = (events: readonly Event[], changed?: Partial<ToChatOptions>): Joined =>
    joined(run(toSse([created, ...events]), size, changed));

  it('has text, finish reason and usage', () => {
    expect(read([text('Grüße '), text('🙂'), completed()])).toMatchObject({
      content: 'Grüße 🙂',
      finish: 'stop',
      usage: {
        prompt_tokens: 9,
        completion_tokens: 3,
        total_tokens: 12,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
      isDone: true,
    });
  });

  it('has summaries as reasoning, with a paragraph for each part', () => {
    const part = (summary_index: number, delta: string): Event => ({
      type: 'response.reasoning_summary_text.delta',
      output_index: 0,
      summary_index,
      delta,
    });
    const done = {
      type: 'response.output_item.done',
      output_index: 0,
      item: {
        type: 'reasoning',
        summary: [
          { type: 'summary_text', text: 'ab' },
          { type: 'summary_text', text: 'c' },
        ],
        encrypted_content: 'gAAA',
      },
    };
    const written = run(
      toSse([created, part(0, 'a'), part(0, 'b'), part(1, 'c'), done, text('d', 1), completed()]),
      size,
    );
    expect(joined(written)).toMatchObject({ reasoning: 'ab\n\nc', content: 'd' });
    const kept = run(toSse([created, done, completed()]), size, { carriesItems: true });
    expect(kept).toContain(`"responses_items":[${JSON.stringify(done.item)}]`);
    expect(written).toContain('"reasoning_details":[{"type":"reasoning.encrypted","data":"gAAA"}]');
  });

  it('counts parallel calls from 0, whatever their output index', () => {
    const { calls, finish } = read([
      call(2, 'a'),
      call(5, 'b'),
      fragment(5, '{}'),
      fragment(2, '{"x":'),
      fragment(2, '1}'),
      completed(),
    ]);
    expect(calls).toEqual([
      { id: 'a', name: 'weather', arguments: '{"x":1}' },
      { id: 'b', name: 'weather', arguments: '{}' },
    ]);
    expect(finish).toBe('tool_calls');
  });

  it('takes from completed parts only what their deltas have not brought', () => {
    const events = [
      call(0, 'a'),
      { type: 'response.function_call_arguments.done', output_index: 0, arguments: '{"x":1}' },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'function_call', call_id: 'a', name: 'weather', arguments: '{"x":1}' },
      },
      text('Hel', 1),
      {
        type: 'response.output_item.done',
        output_index: 1,
        item: { type: 'message', content: [{ type: 'output_text', text: 'Hello' }] },
      },
      completed({
        output: [
          { type: 'function_call', call_id: 'other', name: 'weather', arguments: '{"x":1}' },
          { type: 'message', content: [{ type: 'output_text', text: 'Hello' }] },
          { type: 'message', content: [{ type: 'output_text', text: 'More' }] },
        ],
      }),
    ];
    expect(read(events)).toMatchObject({
      content: 'Hello\n\nMore',
      calls: [{ id: 'a', name: 'weather', arguments: '{"x":1}' }],
    });
  });

  it('unwraps several calls in one', () => {
    const uses = [
      { recipient_name: 'functions.weather', parameters: { city: 'Rome' } },
      { recipient_name: 'functions.time', parameters: {} },
    ];
    const item = {
      type: 'function_call',
      call_id: 'p',
      name: 'parallel',
      arguments: JSON.stringify({ tool_uses: uses }),
    };
    const events = [
      call(0, 'p', 'parallel'),
      fragment(0, item.arguments),
      { type: 'response.output_item.done', output_index: 0, item },
      completed(),
    ];
    expect(read(events).calls).toEqual([
      { id: 'p_0', name: 'weather', arguments: '{"city":"Rome"}' },
      { id: 'p_1', name: 'time', arguments: '{}' },
    ]);
    expect(read(events, { tools: new Set(['parallel']) }).calls).toMatchObject([{ name: 'parallel' }]);
  });

  it('has refusals', () => {
    const delta = { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'No.' };
    expect(read([delta, completed()])).toMatchObject({ refusal: 'No.', content: '', finish: 'stop' });
  });

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
  ])('incomplete by %s ends as %s, even without text', (reason, finish) => {
    const end = { ...completed({ status: 'incomplete', incomplete_details: { reason } }), type: 'response.incomplete' };
    expect(read([end])).toMatchObject({ content: '', finish, isDone: true });
  });

  it('cuts at a stop sequence', () => {
    expect(read([text('one tw'), text('o three'), completed()], { watchedStops: ['two'] })).toMatchObject({
      content: 'one ',
      finish: 'stop',
      isDone: true,
    });
  });

  it('passes over keep-alives and unknown events', () => {
    const body = `: comment\n\n${toSse([created, { type: 'keepalive' }, { type: 'response.web_search_call.searching' }])}data: \n\n${toSse([text('a'), completed()])}`;
    expect(joined(run(body, size)).content).toBe('a');
  });

  it.each([
    ['rate_limit_exceeded', 429],
    ['context_length_exceeded', 400],
    ['invalid_prompt', 400],
    ['server_error', 502],
  ])('fails with %s as status %i', (code, status) => {
    const failed = { type: 'response.failed', response: { status: 'failed', error: { code, message: 'It broke' } } };
    for (const end of [
      failed,
      { type: 'error', error: { code, message: 'It broke' } },
      { type: 'error', code, message: 'It broke' },
    ])
      expect(() => read([text('a'), end])).toThrow(
        expect.objectContaining({ status, message: 'It broke' }) as UpstreamError,
      );
  });

  it('fails when it ends before its last event', () => {
    expect(() => read([text('a')])).toThrow('broke off');
    expect(() => joined(run(`${toSse([created, text('a')])}data: [DONE]\n\n`, size))).toThrow('broke off');
  });

  it('comes as one object, too', () => {
    const output = [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'gAAA' },
      { type: 'message', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] },
      { type: 'function_call', call_id: 'a', name: 'weather', arguments: '{}' },
    ];
    const body = JSON.stringify(completed({ output }).response);
    const asJson = { contentType: 'application/json' };
    expect(joined(run(body, size, asJson))).toMatchObject({ reasoning: 'Hm', content: 'Hi', finish: 'tool_calls' });
    const whole: unknown = JSON.parse(run(body, size, { ...asJson, isStreamed: false }));
    expect(whole).toMatchObject({
      object: 'chat.completion',
      choices: [
        {
          message: {
            role: 'assistant',
            content: 'Hi',
            reasoning_content: 'Hm',
            reasoning_details: [{ type: 'reasoning.encrypted', data: 'gAAA' }],
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 9 },
    });
    const failed = JSON.stringify({ status: 'failed', error: { code: 'server_error', message: 'It broke' } });
    expect(() => run(failed, size, asJson)).toThrow(UpstreamError);
  });
});

it('makes one chunk of the text of one read, with token probabilities beside their text', () => {
  const logprobs = [{ token: 'b', logprob: -1 }];
  const events = [created, text('a'), { ...text('b'), logprobs }, text('c'), text('d'), completed()];
  const written = run(toSse(events), 100_000);
  expect(written.split('\n\n').filter((chunk) => chunk.includes('"content":"'))).toHaveLength(3);
  expect(written).toContain('"delta":{"content":"ab"},"logprobs":{"content":[{"token":"b","logprob":-1}]');
});

it('omits usage that was not requested', () => {
  expect(joined(run(toSse([created, text('a'), completed()]), 50, { includesUsage: false })).usage).toBeNull();
});
