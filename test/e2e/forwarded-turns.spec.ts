import { describe, expect, it } from 'vitest';
import type { Answer, ScriptedUpstream } from '../support/scripted-upstream.js';
import { chatAnswer, withUpstream } from '../support/scripted-upstream.js';

type Message = Record<string, unknown> & { tool_calls?: Record<string, unknown>[] };

const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
const history = (turn: object = {}): Message[] => [
  { role: 'user', content: 'x' },
  { role: 'assistant', content: null, tool_calls: [call], ...turn },
  { role: 'tool', tool_call_id: 'a', content: 'r' },
];

const refusal = (message: string, more: object = {}): Answer => [400, { error: { message, ...more } }];
const turnIn = (body: Record<string, unknown>): Message =>
  (body.messages as Message[]).find(({ role }) => role === 'assistant') ?? {};

/** An upstream of which the assistant's turn has to pass. */
const demanding = (passes: (turn: Message) => boolean, message: string): Promise<ScriptedUpstream> =>
  withUpstream(({ body }) => (passes(turnIn(body)) ? chatAnswer('ok') : refusal(message)));

const chat = async (
  upstream: ScriptedUpstream,
  more: object,
): Promise<{ status: number; calls: number; turn: Message }> => {
  const before = upstream.calls.length;
  const { status } = await upstream.ask('/v1/chat/completions', { model: 'm', tools, messages: history(), ...more });
  return { status, calls: upstream.calls.length - before, turn: turnIn(upstream.calls.at(-1)?.body ?? {}) };
};

describe('earlier turns of a request of /v1/chat/completions', () => {
  it.each([
    ['The `reasoning_content` in the thinking mode must be passed back to the API.', '(not available)', {}],
    [
      'thinking is enabled but reasoning_content is missing in assistant tool call message at index 1',
      'hm',
      { reasoning: 'hm' },
    ],
    ['reasoning_content is required', 'hm', { reasoning_content: 'hm', reasoning: 'other' }],
  ])('get their reasoning, or a placeholder, after: %s', async (message, expected, given) => {
    const upstream = await demanding(({ reasoning_content: text }) => text === expected, message);
    const isGiven = 'reasoning_content' in given;
    const first = await chat(upstream, { messages: history(given) });
    expect(first).toMatchObject({ status: 200, calls: isGiven ? 1 : 2, turn: { reasoning_content: expected } });
    expect(await chat(upstream, { messages: history(given) })).toMatchObject({ status: 200, calls: 1 });
  });

  it('get a placeholder for a signature, and keep their own', async () => {
    const upstream = await demanding(
      ({ tool_calls: calls = [] }) => calls.every(({ extra_content: extra }) => extra !== undefined),
      'Function call is missing a thought_signature in functionCall parts.',
    );
    const placeholder = { google: { thought_signature: 'skip_thought_signature_validator' } };
    const own = { google: { thought_signature: 'abc' } };
    expect(await chat(upstream, {})).toMatchObject({
      calls: 2,
      turn: { tool_calls: [{ extra_content: placeholder }] },
    });
    const signed = { messages: history({ tool_calls: [{ ...call, extra_content: own }] }) };
    expect(await chat(upstream, signed)).toMatchObject({ calls: 1, turn: { tool_calls: [{ extra_content: own }] } });
  });

  it('keep their reasoning where something else was rejected', async () => {
    const upstream = await withUpstream(({ body }) =>
      'seed' in body ? refusal("Unsupported parameter: 'seed'", { param: 'seed' }) : chatAnswer('ok'),
    );
    const turn = { reasoning_content: 'hm', reasoning: 'hm' };
    expect(await chat(upstream, { seed: 1, messages: history(turn) })).toMatchObject({ status: 200, calls: 2, turn });
  });

  it.each([
    [
      400,
      {
        error: {
          message:
            "'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property 'reasoning_content' is unsupported)]",
        },
      },
    ],
    [
      422,
      {
        detail: [
          {
            type: 'extra_forbidden',
            loc: ['body', 'messages', 1, 'assistant', 'reasoning_content'],
            msg: 'Extra inputs are not permitted',
            input: 'hm',
          },
        ],
      },
    ],
    [400, { error: { message: "Unknown field in message: 'reasoning'" } }],
  ])('lose reasoning that the upstream does not know: %i %j', async (status, rejection) => {
    const field = JSON.stringify(rejection).includes("'reasoning'") ? 'reasoning' : 'reasoning_content';
    const upstream = await withUpstream(({ body }) => (field in turnIn(body) ? [status, rejection] : chatAnswer('ok')));
    const messages = history({ [field]: 'hm' });
    expect(await chat(upstream, { messages })).toMatchObject({ status: 200, calls: 2 });
    expect(await chat(upstream, { messages })).toMatchObject({ status: 200, calls: 1 });
  });
});

describe('what else clients of /v1/chat/completions send', () => {
  const loses = async (
    message: string,
    field: string,
    value: unknown,
    sent: object = {},
  ): Promise<Record<string, unknown>> => {
    const upstream = await withUpstream(({ body }) =>
      JSON.stringify(body[field]) === JSON.stringify(value) ? refusal(message) : chatAnswer('ok'),
    );
    const body = { model: 'm', messages: [{ role: 'user', content: 'x' }], [field]: value, ...sent };
    for (const calls of [2, 3]) {
      expect((await upstream.ask('/v1/chat/completions', body)).status).toBe(200);
      expect(upstream.calls).toHaveLength(calls);
    }
    return upstream.calls.at(-1)?.body ?? {};
  };

  it('a tool that is chosen by its name is the only one, and required', async () => {
    const choice = { type: 'function', function: { name: 'f' } };
    const [f] = tools;
    const body = await loses("Invalid tool_choice type: 'object'", 'tool_choice', choice, {
      tools: [f, { ...f, function: { name: 'g', parameters: { type: 'object' } } }],
    });
    expect(body).toMatchObject({ tools, tool_choice: 'required' });
  });

  it.each([
    ['tools', [], "[] is too short - 'tools'"],
    ['tool_choice', 'auto', "'tool_choice' is only allowed when 'tools' are specified."],
    ['parallel_tool_calls', false, "Unsupported parameter: 'parallel_tool_calls' is not supported with this model."],
    ['store', true, "Unrecognized request argument supplied: 'store'"],
    ['metadata', { a: 'b' }, "Unknown parameter: 'metadata'."],
  ])('%s is left out', async (field, value, message) => {
    expect(await loses(message, field, value)).not.toHaveProperty(field);
  });

  it('names of messages are left out', async () => {
    const upstream = await withUpstream(({ body }) =>
      JSON.stringify(body.messages).includes('"name":"bob"')
        ? refusal("'messages.0' : property 'name' is unsupported")
        : chatAnswer('ok'),
    );
    const messages = [{ role: 'user', name: 'bob', content: 'x' }];
    expect((await upstream.ask('/v1/chat/completions', { model: 'm', messages })).status).toBe(200);
    expect(upstream.calls.at(-1)?.body.messages).toEqual([{ role: 'user', content: 'x' }]);
  });
});

describe('half of a surrogate pair', () => {
  const REQUESTS: readonly (readonly [string, string])[] = [
    ['/v1/chat/completions', '{"model":"m","messages":[{"role":"user","content":"a \\ud83d b"}]}'],
    ['/v1/embeddings', '{"model":"m","input":["a \\ud83d b"]}'],
    ['/v1/responses', '{"model":"m","input":"a \\ud83d b"}'],
    ['/v1/messages', '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a \\ud83d b"}]}'],
  ];
  const hasHalf = (body: unknown): boolean => JSON.stringify(body).includes(String.raw`\ud83d`);

  it.each(REQUESTS)('is sent as it is to an upstream that takes it: %s', async (path, text) => {
    const upstream = await withUpstream(() => chatAnswer('ok'));
    expect((await upstream.ask(path, text)).status).toBe(200);
    expect(upstream.calls.map(({ body }) => hasHalf(body))).toEqual([true]);
  });

  it.each(REQUESTS)('is U+FFFD after a rejection, from then on at once: %s', async (path, text) => {
    const words = [
      [400, "'utf-8' codec can't encode character '\\ud83d' in position 2: surrogates not allowed"],
      [400, 'We could not parse the JSON body of your request.'],
      [422, 'unexpected end of hex escape at line 1 column 58'],
      [500, 'UnicodeEncodeError'],
    ] as const;
    for (const [status, message] of words) {
      const upstream = await withUpstream(({ body }) =>
        hasHalf(body) ? [status, { error: { message } }] : chatAnswer('ok'),
      );
      for (const calls of [2, 3]) {
        expect((await upstream.ask(path, text)).status, message).toBe(200);
        expect(upstream.calls).toHaveLength(calls);
        expect(JSON.stringify(upstream.calls.at(-1)?.body)).toContain('a \ufffd b');
      }
    }
  });
});
