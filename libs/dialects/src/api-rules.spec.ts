import { describe, expect, it } from 'vitest';
import { adaptationsFor } from './adaptation-rules.js';
import { refusesCompletions } from './api-rules.js';
import { findDialect } from './dialect.js';
import { responsesAdaptationsFor } from './responses-rules.js';
import type { Body } from './shape-request.js';

const plain = findDialect('plain')!;
const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
const request = (model: string, more: Body = {}): Body => ({
  model,
  messages: [{ role: 'user', content: 'Hi' }],
  ...more,
});
const propose = (sent: Body, status: number, error: unknown) =>
  adaptationsFor(
    sent,
    { status, body: typeof error === 'string' ? error : JSON.stringify({ error }) },
    { dialect: plain, adaptations: [] },
  );

const responses = { adaptation: { kind: 'api', name: 'responses' }, retention: 'kept' };

describe('a rejection by chat completions leads to the Responses API', () => {
  it.each<[number, string | object]>([
    [404, { message: 'This model is only supported in v1/responses and not in v1/chat/completions.', param: 'model' }],
    [
      404,
      {
        message:
          'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
      },
    ],
    [
      400,
      {
        code: 'OperationNotSupported',
        message:
          'The chatCompletion operation does not work with the specified model, gpt-5-codex. Please choose different model and try again.',
      },
    ],
    [
      400,
      { code: 'unsupported_api_for_model', message: 'model x is not accessible via the /chat/completions endpoint' },
    ],
    [400, { message: 'Unsupported legacy protocol: /v1/chat/completions is not supported. Please use /v1/responses.' }],
    [404, { message: 'Unknown request URL: POST /v1/chat/completions.', code: 'unknown_url' }],
    [404, '404 page not found'],
    [404, '{"detail":"Not Found"}'],
  ])('%i %j', (status, error) => {
    expect(propose(request('x-5-codex'), status, error)).toEqual([{ ...responses, scope: 'all' }]);
  });

  it.each([
    'Function tools with reasoning_effort are not supported for x in /v1/chat/completions. Please use /v1/responses instead.',
    "Function tools with reasoning_effort are not supported for x in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
  ])('for requests with tools: %s', (message) => {
    expect(propose(request('x', { tools }), 400, { message, param: 'reasoning_effort' })).toEqual([
      { ...responses, scope: 'tools' },
    ]);
  });
});

it.each<[string, Body, number, string | object]>([
  [
    'another kind of model',
    request('x-embedding'),
    404,
    { message: 'This is not a chat model and thus not supported in the v1/chat/completions endpoint.' },
  ],
  ['an unknown model', request('x-codex'), 404, { message: 'The model `x-codex` does not exist' }],
  [
    'words of the client',
    request('x', { messages: [{ role: 'user', content: 'use /v1/responses' }], top_k: 1 }),
    400,
    { message: 'Cannot read: use /v1/responses' },
  ],
  ['a quota', request('x'), 400, { message: 'Rate limit reached for /v1/responses' }],
  ['embeddings', { model: 'x', input: 'Hi' }, 404, '404 page not found'],
])('%s does not', (_case, sent, status, error) => {
  expect(propose(sent, status, error)).not.toContainEqual(
    expect.objectContaining({ adaptation: responses.adaptation }),
  );
});

describe('a rejection by the Responses API', () => {
  const sent = request('x', { reasoning_effort: 'low', temperature: 1, max_tokens: 50_000 });
  it.each([
    [
      { message: 'Encrypted content is not supported with this model.', param: 'include' },
      { kind: 'drop', field: 'include' },
      'kept',
    ],
    [
      { message: "Unsupported parameter: 'reasoning.summary' is not supported." },
      { kind: 'drop', field: 'reasoning.summary' },
      'kept',
    ],
    [
      { message: 'Your organization must be verified to generate reasoning summaries.' },
      { kind: 'drop', field: 'reasoning.summary' },
      'kept',
    ],
    [
      { code: 'invalid_encrypted_content', message: 'The encrypted content gAAA could not be verified.' },
      { kind: 'drop', field: 'reasoning_details' },
      'request',
    ],
    [
      {
        message: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
        code: 'unsupported_parameter',
      },
      { kind: 'thinking', by: 'none' },
      'kept',
    ],
    [
      {
        message: "Unsupported parameter: 'temperature' is not supported with this model.",
        code: 'unsupported_parameter',
      },
      { kind: 'dialect', name: 'openai-reasoning' },
      'kept',
    ],
    [
      { message: 'max_output_tokens is too large: 50000. This model supports at most 16384 completion tokens.' },
      { kind: 'token-limit', max: 16_384 },
      'kept',
    ],
  ])('%j', (error, adaptation, retention) => {
    const rejection = { status: 400, body: JSON.stringify({ error }) };
    expect(responsesAdaptationsFor(sent, rejection, { dialect: plain, adaptations: [] })).toContainEqual(
      expect.objectContaining({ adaptation, retention }),
    );
  });
});

describe('a rejection of text completions as such', () => {
  const refuses = (message: string): boolean =>
    refusesCompletions({ status: 400, body: JSON.stringify({ error: { message } }) }, { prompt: 'Hi' });

  it.each([
    'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?',
    'The completion operation does not work with the specified model, gpt-4o. Please choose different model and try again.',
    'This model does not support completions',
    "The model 'x' does not support the legacy /v1/completions API",
    'The completions endpoint is not supported for this model',
    'Please use /v1/chat/completions instead',
    'x only supports chat completions',
  ])('is known: %s', (message) => {
    expect(refuses(message)).toBe(true);
  });

  it.each([
    'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
    'The chatCompletion operation does not work with the specified model, x.',
    'This model does not support chat completions',
    'logprobs is not supported by the completions endpoint',
    'chat completions are not supported for this model',
    'max_tokens is too large',
  ])('is not another one: %s', (message) => {
    expect(refuses(message)).toBe(false);
  });

  it('is not the text of a client that it repeats', () => {
    const prompt = 'Please use chat completions';
    expect(refusesCompletions({ status: 400, body: `{"error":{"message":"bad prompt: ${prompt}"}}` }, { prompt })).toBe(
      false,
    );
  });
});
