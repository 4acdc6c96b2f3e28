import { describe, expect, it } from 'vitest';
import type { OllamaChatRequest } from '#contracts';
import { toOpenAiChatRequest } from './chat-request.js';

describe('OpenAI chat request', () => {
  it('is as small as what the client asked for', () => {
    expect(toOpenAiChatRequest(chat({ stream: false }))).toStrictEqual({
      messages: [{ role: 'user', content: 'Hi' }],
    });
  });

  it.each<[Partial<OllamaChatRequest>, object]>([
    [{ stream: true }, { stream: true, stream_options: { include_usage: true } }],
    [{ options: { temperature: 0, num_predict: 10, num_ctx: 4096 } }, { temperature: 0, max_tokens: 10 }],
    [{ format: 'json' }, { response_format: { type: 'json_object' } }],
    [
      { format: { type: 'object' } },
      { response_format: { type: 'json_schema', json_schema: { name: 'response', schema: { type: 'object' } } } },
    ],
    [{ think: true }, { reasoning_effort: 'default' }],
    [{ think: false }, { reasoning_effort: 'none' }],
    [{ think: 'low' }, { reasoning_effort: 'low' }],
    [{ think: 'max' }, { reasoning_effort: 'max' }],
    [{ logprobs: true }, { logprobs: true, top_logprobs: 1 }],
    [
      { logprobs: true, top_logprobs: 5 },
      { logprobs: true, top_logprobs: 5 },
    ],
    [{ top_logprobs: 5 }, {}],
    [{ keep_alive: 300 }, {}],
    [{ tools: [] }, {}],
    [{ tools: [{ type: 'function', function: { name: '' } }] }, {}],
    [
      { tools: [{ function: { name: 'f' } }] },
      { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }] },
    ],
  ])('of %j has %j besides', (request, expected) => {
    expect(toOpenAiChatRequest(chat({ stream: false, ...request }))).toStrictEqual({
      messages: [{ role: 'user', content: 'Hi' }],
      ...expected,
    });
  });

  it('has a repaired conversation', () => {
    const messages = [
      { role: 'assistant', content: '' },
      { role: 'tool', content: '4' },
    ];
    const tools = [{ function: { name: 'Calc' } }];

    expect(toOpenAiChatRequest(chat({ messages, tools })).messages).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_0', type: 'function', function: { name: 'Calc', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_0', content: '4' },
    ]);
  });
});

function chat(more: Partial<OllamaChatRequest>): OllamaChatRequest {
  return {
    model: 'm',
    stream: true,
    options: {},
    logprobs: false,
    truncate: true,
    top_logprobs: 0,
    messages: [{ role: 'user', content: 'Hi' }],
    tools: [],
    ...more,
  };
}
