import { describe, expect, it } from 'vitest';
import { pngPart, question, send, startSimulator, weatherTool } from '../../test/support.js';
import type { Json } from '../../test/support.js';
import type { DialectName } from './dialect.js';
import { dialects } from './dialects.js';

const jsonObject = { response_format: { type: 'json_object' } };
const jsonSchema = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } };
const strictSchema = {
  type: 'json_schema',
  json_schema: { name: 'x', strict: true, schema: { type: 'object', properties: { a: {} } } },
};
const forced = { tools: [weatherTool], tool_choice: { type: 'function', function: { name: 'get_weather' } } };

const say = (...roles: string[]): Json[] => roles.map((role) => ({ role, content: 'Hi' }));
const callTurn = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call 1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
};
const unionTool = { type: 'function', function: { name: 'a', parameters: { type: 'object', anyOf: [{}] } } };

/** Dialect, fields that are refused, status, and a part of the message. */
const refusals: [DialectName, Json, number, string][] = [
  ['openai', { top_k: 5 }, 400, 'Unrecognized request argument supplied: top_k'],
  ['openai', { stop: ['a', 'b', 'c', 'd', 'e'] }, 400, "Invalid 'stop': array too long"],
  ['openai', { tools: [] }, 400, "Invalid 'tools': empty array"],
  ['openai', { tools: [{ type: 'function', function: { name: 'a b' } }] }, 400, 'does not match pattern'],
  [
    'openai',
    { tools: [{ type: 'function', function: { name: 'a', parameters: {} } }] },
    400,
    'Invalid schema for function',
  ],
  ['openai', { tools: [{ type: 'function', function: { name: 'a', extra: 1 } }] }, 400, "'tools[0].extra'"],
  ['openai', { tool_choice: 'auto' }, 400, "only allowed when 'tools'"],
  ['openai', { ...forced, tool_choice: { type: 'function', function: { name: 'other' } } }, 400, 'not found'],
  ['openai', { max_tokens: 0 }, 400, "Invalid 'max_tokens': integer below minimum value"],
  ['openai', { max_completion_tokens: -1 }, 400, "Invalid 'max_completion_tokens'"],
  ['openai', { temperature: 3 }, 400, "Invalid 'temperature'"],
  ['openai', { temperature: '1' }, 400, "Invalid type for 'temperature'"],
  ['openai', { top_logprobs: 2 }, 400, 'top_logprobs'],
  ['openai', { stream_options: { include_usage: true } }, 400, 'stream_options'],
  ['openai', jsonObject, 400, "the word 'json'"],
  ['openai', { response_format: { type: 'json_schema', json_schema: {} } }, 400, 'response_format.json_schema.name'],
  ['openai', { response_format: strictSchema }, 400, "'additionalProperties' is required"],
  ['openai', { model: 'sim-plain', tools: [weatherTool] }, 404, 'tools is not supported in this model'],
  [
    'openai',
    { messages: [{ role: 'user', content: [pngPart] }] },
    400,
    'image_url is only supported by certain models',
  ],
  ['openai-reasoning', { max_tokens: 5 }, 400, "Use 'max_completion_tokens' instead"],
  ['openai-reasoning', { temperature: 0.5 }, 400, 'Only the default (1) value is supported'],
  ['openai-reasoning', { top_p: 0.5 }, 400, "Unsupported parameter: 'top_p'"],
  ['openai-reasoning', { presence_penalty: 1 }, 400, "Unsupported parameter: 'presence_penalty'"],
  ['openai-reasoning', { logprobs: true }, 400, "Unsupported parameter: 'logprobs'"],
  ['openai-reasoning', { stop: 'a' }, 400, "Unsupported parameter: 'stop'"],
  ['strictest', { seed: null }, 400, "Invalid value for 'seed'"],
  ['strictest', { stop: [] }, 400, "Invalid value for 'stop'"],
  ['strictest', { keep_alive: '5m' }, 400, 'keep_alive'],
  ['mistral', { stream_options: { include_usage: true }, stream: true }, 422, 'extra_forbidden'],
  ['mistral', { seed: 1 }, 422, '"loc":["body","seed"]'],
  [
    'mistral',
    { messages: [{ role: 'user', content: 'Hi', name: 'Bo' }] },
    422,
    '"loc":["body","messages",0,"user","name"]',
  ],
  ['mistral', { temperature: 2 }, 400, 'temperature'],
  ['groq', { top_k: 1 }, 400, "property 'top_k' is unsupported"],
  ['groq', { logprobs: true }, 400, "property 'logprobs' is unsupported"],
  ['groq', { messages: [{ role: 'user', content: 'Hi', images: [] }] }, 400, "property 'images' is unsupported"],
  ['groq', jsonObject, 400, "the word 'json'"],
  ['gemini', { seed: 1 }, 400, 'Unknown name \\"seed\\": Cannot find field'],
  ['deepseek', jsonSchema, 400, 'response_format type is unavailable'],
  ['deepseek', { messages: [{ role: 'user', content: [pngPart] }] }, 400, 'unknown variant'],
  ['cerebras', { frequency_penalty: 1 }, 400, 'frequency_penalty'],
  ['cerebras', { presence_penalty: 1 }, 400, 'presence_penalty'],
  ['perplexity', { tools: [weatherTool] }, 400, 'Tool calling is not supported'],
  ['perplexity', jsonObject, 400, 'json_object'],
  ['lmstudio', jsonObject, 400, "must be 'json_schema' or 'text'"],
  ['lmstudio', forced, 400, "Invalid tool_choice type: 'object'"],
  ['fireworks', { num_ctx: 5 }, 400, "Extra inputs are not permitted, field: 'num_ctx'"],
  ['vllm', { tools: [] }, 400, "Invalid 'tools'"],
  ['vllm', { stream_options: {} }, 400, 'stream_options'],
  ['llamacpp', { top_logprobs: 1 }, 400, 'top_logprobs'],
  ['llamacpp', { logprobs: true, stream: true, tools: [weatherTool] }, 400, 'not supported with tools + stream'],
  ['llamacpp', { messages: [{ role: 'user', content: [pngPart] }] }, 500, 'mmproj'],
  ['chat-template', { max_tokens: 99_999 }, 400, 'is too large: 99999'],
  ['chat-template', { messages: say('user', 'system', 'user') }, 400, 'System message must be at the beginning.'],
  ['chat-template', { messages: say('user', 'user') }, 400, 'Conversation roles must alternate'],
  ['chat-template', { messages: say('assistant', 'user') }, 400, 'Conversation roles must alternate'],
  ['chat-template', question('word '.repeat(17_000)), 400, 'reduce the length of the input messages'],
  ['anthropic', { max_tokens: 99_999 }, 400, 'max_tokens: 99999 > 8192'],
  ['anthropic', { temperature: 0.5, top_p: 0.5 }, 400, 'cannot both be specified'],
  ['anthropic', { messages: say('user', 'assistant') }, 400, 'must end with a user message'],
  ['anthropic', { messages: [{ role: 'user', content: ' ' }] }, 400, 'must have non-empty content'],
  ['anthropic', { messages: [callTurn, ...say('user')] }, 400, 'must define tools'],
  ['anthropic', { messages: [callTurn, ...say('user')], tools: [weatherTool] }, 400, 'tool_use.id'],
  ['anthropic', { tools: [weatherTool, weatherTool] }, 400, 'Tool names must be unique'],
  ['anthropic', { tools: [{ type: 'function', function: { name: 'a b' } }] }, 400, 'String should match pattern'],
  ['anthropic', { tools: [unionTool] }, 400, 'does not support oneOf, allOf, or anyOf at the top level'],
  ['anthropic', question('word '.repeat(17_000)), 400, 'Input is too long for requested model.'],
];

describe('refusals', () => {
  it.each(refusals)('%s refuses %j with %i', async (dialect, fields, status, message) => {
    const simulator = await startSimulator({ dialect });
    const received = await send(simulator, '/chat/completions', question('Hi', fields));
    expect(received.text).toContain(message);
    expect(received.status).toBe(status);
  });

  it.each(Object.keys(dialects) as DialectName[])('%s takes a small request', async (dialect) => {
    const simulator = await startSimulator({ dialect });
    const { status } = await send(simulator, '/chat/completions', question('Hi', { stream: true }));
    expect(status).toBe(200);
  });

  it.each([
    ['lenient', { top_k: 1, stop: ['a', 'b', 'c', 'd', 'e'], tools: [], max_tokens: -1, seed: null, keep_alive: 0 }],
    ['vllm', { top_k: 1, min_p: 0.1, repetition_penalty: 1.1, chat_template_kwargs: {} }],
    ['llamacpp', { top_k: 1, repeat_penalty: 1.1, mirostat: 1 }],
    ['mistral', { random_seed: 1 }],
    ['fireworks', { top_k: 1 }],
  ] as [DialectName, Json][])('%s takes %j', async (dialect, fields) => {
    const simulator = await startSimulator({ dialect });
    expect((await send(simulator, '/chat/completions', question('Hi', fields))).status).toBe(200);
  });

  it.each([
    ['openai', { input: 'a', truncate: true }, 400],
    ['openai', { input: '' }, 400],
    ['openai', { input: [] }, 400],
    ['strictest', { input: 'a', dimensions: null }, 400],
    ['mistral', { input: 'a', dimensions: 8 }, 422],
    ['chat-template', { input: Array.from({ length: 33 }, () => 'a') }, 422],
    ['chat-template', { input: ['word '.repeat(600)] }, 413],
    ['anthropic', { input: Array.from({ length: 5 }, () => 'word '.repeat(500)) }, 400],
    ['lenient', { input: 'a', truncate: true }, 200],
    ['mistral', { input: 'a', output_dimension: 8 }, 200],
  ] as [DialectName, Json, number][])('%s answers embeddings of %j with %i', async (dialect, fields, status) => {
    const simulator = await startSimulator({ dialect });
    expect((await send(simulator, '/embeddings', { model: 'sim-embed', ...fields })).status).toBe(status);
  });
});

describe('error bodies', () => {
  it.each([
    ['openai', { error: { message: 'Oops', type: 'server_error', param: null, code: null } }],
    ['mistral', { object: 'error', message: 'Oops', type: 'server_error', param: null, code: null }],
    ['gemini', [{ error: { code: 503, message: 'Oops', status: 'UNAVAILABLE' } }]],
    ['lmstudio', { error: 'Oops' }],
    ['vllm', { error: { message: 'Oops', type: 'InternalServerError', param: null, code: 503 } }],
    ['perplexity', { error: { message: 'Oops', type: 'server_error', code: 503 } }],
    ['fireworks', { error: { object: 'error', type: 'server_error', code: null, message: 'Oops' } }],
  ] as [DialectName, unknown][])('have the shape of %s', async (dialect, body) => {
    const simulator = await startSimulator({ dialect });
    simulator.next({ status: 503, error: 'Oops' });
    const received = await send(simulator, '/chat/completions', question('Hi'));
    expect(received.status).toBe(503);
    expect(JSON.parse(received.text)).toEqual(body);
  });

  it.each([
    ['groq', 'event: error\ndata: {"error"', false],
    ['vllm', '{"error":', true],
    ['llamacpp', '{"error":', false],
  ] as const)('come in a stream as %s sends them', async (dialect, part, done) => {
    const simulator = await startSimulator({ dialect });
    simulator.next({ errorEvent: 'Oops' });
    const { text } = await send(simulator, '/chat/completions', question('Hi', { stream: true }));
    expect(text).toContain(part);
    expect(text.includes('[DONE]')).toBe(done);
  });
});
