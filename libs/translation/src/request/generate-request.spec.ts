import { describe, expect, it } from 'vitest';
import type { OllamaGenerateRequest } from '#contracts';
import { BadRequestError } from '#errors';
import { encodeContext } from './context.js';
import { checkGenerateRequest, toConversation, toGenerateCall } from './generate-request.js';

describe('generate request', () => {
  it.each<[Partial<OllamaGenerateRequest>]>([[{ raw: true }], [{ template: 'x' }], [{ suffix: 'x' }]])(
    'images together with %j are refused, since no model would see them',
    (request) => {
      expect(() => checkGenerateRequest(generate({ ...request, images: ['AAAA'] }))).toThrow(
        new BadRequestError('images are not supported together with raw, template or suffix'),
      );
      expect(() => checkGenerateRequest(generate(request))).not.toThrow();
    },
  );

  it.each<[Partial<OllamaGenerateRequest>]>([
    [{ raw: true, template: 'x' }],
    [{ raw: true, system: 'x' }],
    [{ raw: true, context: [1] }],
  ])('%j is refused', (request) => {
    expect(() => checkGenerateRequest(generate(request))).toThrow(
      new BadRequestError('raw mode does not support template, system, or context'),
    );
  });

  it.each<[Partial<OllamaGenerateRequest>]>([
    [{ raw: true }],
    [{ raw: true, suffix: 'x' }],
    [{ system: 'x', context: [1] }],
  ])('%j is accepted', (request) => {
    expect(() => checkGenerateRequest(generate(request))).not.toThrow();
  });
});

describe('prompt as a chat', () => {
  it('is one message of the user', () => {
    expect(send({ stream: false })).toStrictEqual({
      path: '/chat/completions',
      body: { messages: [{ role: 'user', content: 'Hi' }] },
    });
  });

  it('follows the system message and has its images', () => {
    const { body } = send({ system: 'Be brief.', images: ['iVBORw0KGgo='] });

    expect(body).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'image_url' }] },
      ],
    });
  });

  it('goes on with the conversation of its context', () => {
    const earlier = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: '1' },
    ];

    expect(toConversation(generate({ context: encodeContext(earlier) }))).toEqual([
      ...earlier,
      { role: 'user', content: 'Hi' },
    ]);
    expect(toConversation(generate({ context: encodeContext(earlier), system: 'Be long.' }))[0]).toEqual({
      role: 'system',
      content: 'Be long.',
    });
  });

  it.each<[Partial<OllamaGenerateRequest>, object]>([
    [{ stream: true }, { stream: true, stream_options: { include_usage: true } }],
    [{ think: false }, { reasoning_effort: 'none' }],
    [{ format: 'json' }, { response_format: { type: 'json_object' } }],
    [{ options: { num_predict: 3 } }, { max_tokens: 3 }],
    [
      { logprobs: true, top_logprobs: 2 },
      { logprobs: true, top_logprobs: 2 },
    ],
  ])('with %j has %j besides', (request, expected) => {
    expect(send({ stream: false, ...request }).body).toStrictEqual({
      messages: [{ role: 'user', content: 'Hi' }],
      ...expected,
    });
  });
});

describe('prompt as a completion', () => {
  it.each<[Partial<OllamaGenerateRequest>, object]>([
    [{ raw: true }, { prompt: 'Hi' }],
    [{ suffix: ' end' }, { prompt: 'Hi', suffix: ' end' }],
    [
      { raw: true, suffix: ' end' },
      { prompt: 'Hi', suffix: ' end' },
    ],
    [{ template: '<s>{{ .System }}</s>{{ .Prompt }}', system: 'S' }, { prompt: '<s>S</s>Hi' }],
    [{ template: '{{ .Prompt }}<fill>{{ .Suffix }}', suffix: ' end' }, { prompt: 'Hi<fill> end' }],
    [
      { raw: true, stream: true },
      { prompt: 'Hi', stream: true, stream_options: { include_usage: true } },
    ],
    [
      { raw: true, options: { num_predict: 3, stop: ['x'] } },
      { prompt: 'Hi', max_tokens: 3, stop: ['x'] },
    ],
    [
      { raw: true, logprobs: true },
      { prompt: 'Hi', logprobs: 1 },
    ],
    [
      { raw: true, logprobs: true, top_logprobs: 4 },
      { prompt: 'Hi', logprobs: 4 },
    ],
    [
      { raw: true, format: 'json' },
      { prompt: 'Hi', response_format: { type: 'json_object' } },
    ],
    [{ raw: true, think: true }, { prompt: 'Hi' }],
  ])('with %j is %j', (request, expected) => {
    expect(send({ stream: false, ...request })).toStrictEqual({
      path: '/completions',
      body: { ...expected },
    });
  });
});

function send(request: Partial<OllamaGenerateRequest>): ReturnType<typeof toGenerateCall> {
  const given = generate(request);
  return toGenerateCall(given, toConversation(given));
}

function generate(more: Partial<OllamaGenerateRequest>): OllamaGenerateRequest {
  return {
    model: 'm',
    stream: true,
    options: {},
    logprobs: false,
    truncate: true,
    top_logprobs: 0,
    prompt: 'Hi',
    suffix: '',
    system: '',
    template: '',
    raw: false,
    images: [],
    ...more,
  };
}
