import { describe, expect, it } from 'vitest';
import { BadRequestError } from '#errors';
import { decodeChatRequest } from './requests.js';

const EMPTY = {
  model: 'm',
  stream: true,
  options: {},
  logprobs: false,
  top_logprobs: 0,
  truncate: true,
  messages: [],
  tools: [],
};

const FIELD = 'Go struct field ChatRequest';
const THINK = '"high", "medium", "low", "max", true, or false';

describe('chat request', () => {
  it.each([
    [{ model: 'm' }],
    [{ MODEL: 'm', Messages: [] }],
    [{ model: 'm', stream: null, think: null, keep_alive: null, options: null, tools: null, messages: null }],
    [{ model: 'm', format: null, logprobs: null, top_logprobs: null }],
    [{ model: 'm', format: '', tools: [] }],
    [{ model: 'm', format: 'default' }],
    [{ model: 'm', unknown: 1, _debug_render_only: true, truncate: true, shift: true }],
  ])('%j has the defaults', (body) => {
    expect(decodeChatRequest(body)).toEqual(EMPTY);
  });

  it('has no model when none is named', () => {
    expect(decodeChatRequest({})).toEqual({ ...EMPTY, model: '' });
    expect(decodeChatRequest(null)).toEqual({ ...EMPTY, model: '' });
  });

  it.each([
    [{ stream: false }, { stream: false }],
    [{ truncate: false }, { truncate: false }],
    [{ format: 'json' }, { format: 'json' }],
    [{ format: { type: 'object' } }, { format: { type: 'object' } }],
    [{ format: 'xml' }, { format: 'xml' }],
    [{ format: [] }, { format: [] }],
    [{ options: { format: [] } }, { format: [] }],
    [{ options: { format: 'json', keep_alive: '5m' } }, { format: 'json' }],
    [{ format: 'json', options: { format: '' } }, { format: 'json' }],
    [{ keep_alive: '5m' }, { keep_alive: 300 }],
    [{ keep_alive: 0 }, { keep_alive: 0 }],
    [{ keep_alive: -1 }, { keep_alive: Infinity }],
    [{ think: false }, { think: false }],
    [{ think: 'max' }, { think: 'max' }],
    [
      { logprobs: true, top_logprobs: 20 },
      { logprobs: true, top_logprobs: 20 },
    ],
    [{ options: { Temperature: 1, top_k: -1 } }, { options: { Temperature: 1, top_k: -1 } }],
  ])('takes %j', (body, expected) => {
    expect(decodeChatRequest({ model: 'm', ...body })).toMatchObject(expected);
  });

  it.each([
    [{}, { role: '', content: '' }],
    [null, { role: '', content: '' }],
    [
      { role: 'USER', Content: 'Hi' },
      { role: 'user', content: 'Hi' },
    ],
    [
      { role: 'user', content: null, images: null },
      { role: 'user', content: '' },
    ],
    [
      { role: 'user', content: 'x', images: [], tool_calls: [], thinking: '' },
      { role: 'user', content: 'x' },
    ],
    [
      { role: 'user', content: 'x', images: ['AAAA'] },
      { role: 'user', content: 'x', images: ['AAAA'] },
    ],
    [
      { role: 'assistant', content: '', thinking: 't' },
      { role: 'assistant', content: '', thinking: 't' },
    ],
    [
      { role: 'tool', content: '4', tool_name: 'f' },
      { role: 'tool', content: '4', tool_name: 'f' },
    ],
    [
      { role: 'tool', content: '4', tool_call_id: 'a' },
      { role: 'tool', content: '4', tool_call_id: 'a' },
    ],
    [
      { role: 'tool', content: '4', tool_call_id: '', tool_name: '' },
      { role: 'tool', content: '4' },
    ],
  ])('takes the message %j', (message, expected) => {
    expect(decodeChatRequest({ model: 'm', messages: [message] }).messages).toEqual([expected]);
  });

  it.each([
    [
      { id: 'a', type: 'function', function: { index: 3, name: 'f', arguments: { x: 1 } } },
      { id: 'a', function: { index: 3, name: 'f', arguments: { x: 1 } } },
    ],
    [{ function: { name: 'f', arguments: null } }, { function: { name: 'f', arguments: {} } }],
    [{ id: '', function: { name: 'f' } }, { function: { name: 'f', arguments: {} } }],
    [
      { id: 'a', function: null },
      { id: 'a', function: { name: '', arguments: {} } },
    ],
  ])('takes the tool call %j', (call, expected) => {
    const messages = [{ role: 'assistant', tool_calls: [call] }];

    expect(decodeChatRequest({ messages }).messages).toEqual([
      { role: 'assistant', content: '', tool_calls: [expected] },
    ]);
  });

  it.each([
    { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object', properties: {} } } },
    { type: 'local_tool', function: { name: 'f' } },
    { type: 'function', function: { name: 'f', parameters: { $schema: 'x', additionalProperties: false } } },
  ])('keeps the tool %j', (tool) => {
    expect(decodeChatRequest({ tools: [tool] }).tools).toEqual([tool]);
  });

  it.each([
    [[], 'json: cannot unmarshal array into Go value of type api.ChatRequest'],
    ['x', 'json: cannot unmarshal string into Go value of type api.ChatRequest'],
    [{ model: 1 }, `json: cannot unmarshal number into ${FIELD}.model of type string`],
    [{ stream: 'false' }, `json: cannot unmarshal string into ${FIELD}.stream of type bool`],
    [{ messages: 'hi' }, `json: cannot unmarshal string into ${FIELD}.messages of type []api.Message`],
    [{ messages: ['hi'] }, `json: cannot unmarshal string into ${FIELD}.messages of type api.Message`],
    [
      { messages: [{ content: [{ type: 'text', text: 'hi' }] }] },
      `json: cannot unmarshal array into ${FIELD}.messages.content of type string`,
    ],
    [{ options: [] }, `json: cannot unmarshal array into ${FIELD}.options of type map[string]interface {}`],
    [{ tools: {} }, `json: cannot unmarshal object into ${FIELD}.tools of type api.Tools`],
    [{ tools: 'x' }, `json: cannot unmarshal string into ${FIELD}.tools of type api.Tools`],
    [{ messages: [{ images: ['data:image/png;base64,AAAA'] }] }, 'illegal base64 data at input byte 4'],
    [{ messages: [{ images: ['!!!'] }] }, 'illegal base64 data at input byte 0'],
    [
      { messages: [{ images: 'AAAA' }] },
      `json: cannot unmarshal string into ${FIELD}.messages.images of type []api.ImageData`,
    ],
    [{ think: 1 }, `think must be a boolean or string (${THINK})`],
    [{ think: {} }, `think must be a boolean or string (${THINK})`],
    [{ keep_alive: '10' }, 'time: missing unit in duration "10"'],
    [{ keep_alive: '' }, 'time: invalid duration ""'],
    [{ keep_alive: true }, "Unsupported type: 'bool'"],
    [{ top_logprobs: -1 }, 'top_logprobs must be between 0 and 20'],
    [{ top_logprobs: 21, logprobs: false }, 'top_logprobs must be between 0 and 20'],
  ])('refuses %j', (body, message) => {
    expect(() => decodeChatRequest(body)).toThrow(new BadRequestError(message));
  });

  it.each(['{"x":1}', [1], 5, true])('refuses the arguments %j, which are no object', (given) => {
    const messages = [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: given } }] }];

    expect(() => decodeChatRequest({ messages })).toThrow(BadRequestError);
  });

  it.each([{ properties: [] }, { properties: 'x' }, [], 'x'])('refuses the parameters %j', (parameters) => {
    expect(() => decodeChatRequest({ tools: [{ function: { name: 'f', parameters } }] })).toThrow(BadRequestError);
  });

  it.each([{ properties: null }, {}, null])('takes the parameters %j', (parameters) => {
    expect(() => decodeChatRequest({ tools: [{ function: { name: 'f', parameters } }] })).not.toThrow();
  });
});
