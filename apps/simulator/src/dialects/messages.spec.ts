import { describe, expect, it } from 'vitest';
import { pngPart, send, startSimulator } from '../../test/support.js';
import type { Json } from '../../test/support.js';
import type { DialectName } from './dialect.js';

const call = (id: string, more: Json = {}) => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: '{}' },
  ...more,
});
const calls = (...list: Json[]) => ({ role: 'assistant', content: null, tool_calls: list });
const result = (id: string, more: Json = {}) => ({ role: 'tool', tool_call_id: id, content: 'ok', ...more });
const user = (content: unknown) => ({ role: 'user', content });
const image = (url: string) => ({ type: 'image_url', image_url: { url } });

const good: [string, Json[]][] = [
  [
    'a tool loop',
    [user('Hi'), calls(call('aaaaaaaaa'), call('bbbbbbbbb')), result('bbbbbbbbb'), result('aaaaaaaaa'), user('Thanks')],
  ],
  [
    'two turns',
    [user('Hi'), calls(call('aaaaaaaaa')), result('aaaaaaaaa'), calls(call('bbbbbbbbb')), result('bbbbbbbbb')],
  ],
  ['text parts', [{ role: 'system', content: 'Be kind' }, user([{ type: 'text', text: 'Hi' }])]],
  ['an image', [user([{ type: 'text', text: 'Hi' }, pngPart])]],
];

const bad: [string, Json[], string][] = [
  ['a result without a call', [user('Hi'), result('aaaaaaaaa')], 'must be a response to a preceeding message'],
  ['a result for another call', [user('Hi'), calls(call('aaaaaaaaa')), result('ccccccccc')], 'must be a response'],
  ['a result without an id', [user('Hi'), calls(call('aaaaaaaaa')), { role: 'tool', content: 'ok' }], 'tool_call_id'],
  ['a call without a result', [user('Hi'), calls(call('aaaaaaaaa'))], 'did not have response messages: aaaaaaaaa'],
  [
    'a call answered too late',
    [user('Hi'), calls(call('aaaaaaaaa')), user('And?'), result('aaaaaaaaa')],
    'did not have response',
  ],
  [
    'the same id twice',
    [user('Hi'), calls(call('aaaaaaaaa')), result('aaaaaaaaa'), calls(call('aaaaaaaaa')), result('aaaaaaaaa')],
    'Duplicate',
  ],
  [
    'arguments as an object',
    [user('Hi'), calls(call('aaaaaaaaa', { function: { name: 'f', arguments: {} } })), result('aaaaaaaaa')],
    'expected a string',
  ],
  [
    'arguments that are not JSON',
    [user('Hi'), calls(call('aaaaaaaaa', { function: { name: 'f', arguments: '{' } })), result('aaaaaaaaa')],
    'JSON object',
  ],
  ['a call without type', [user('Hi'), calls(call('aaaaaaaaa', { type: undefined })), result('aaaaaaaaa')], '.type'],
  ['no calls in a list', [user('Hi'), { role: 'assistant', content: 'x', tool_calls: [] }, user('Hi')], 'empty array'],
  ['an unknown role', [{ role: 'robot', content: 'Hi' }], "'robot'"],
  ['null content', [user(null)], 'got null'],
  ['a number as content', [user(5)], 'Invalid type'],
  ['empty parts', [user([])], 'empty array'],
  ['an unknown part', [user([{ type: 'audio' }])], "'audio'"],
  [
    'an image of the assistant',
    [user('Hi'), { role: 'assistant', content: [pngPart] }, user('Hi')],
    "only allowed for messages with role 'user'",
  ],
  ['an image that is not base64', [user([image('data:image/png;base64,%%%')])], 'base64'],
  ['an image of another type', [user([image(pngPart.image_url.url.replace('png', 'jpeg'))])], 'not image/jpeg'],
  ['an image that is no image', [user([image('aGVsbG8=')])], 'data URL'],
];

describe.each(['openai', 'mistral', 'groq', 'strictest'] as DialectName[])('conversations in %s', (dialect) => {
  it.each(good)('may have %s', async (_name, messages) => {
    const simulator = await startSimulator({ dialect });
    const { status, text } = await send(simulator, '/chat/completions', { model: 'sim-vision', messages });
    expect(text).not.toContain('"error"');
    expect(status).toBe(200);
  });

  it.each(bad)('may not have %s', async (_name, messages, message) => {
    const simulator = await startSimulator({ dialect });
    const { status, text } = await send(simulator, '/chat/completions', { model: 'sim-vision', messages });
    expect(status).toBe(400);
    expect(text).toContain(message);
  });
});

describe('single dialects', () => {
  it.each([
    ['strictest', [{ role: 'user', content: 'Hi', images: [] }], 400, "Unknown parameter: 'messages[0].images'"],
    ['strictest', [{ role: 'developer', content: 'Hi' }], 400, "'developer'"],
    ['strictest', [user([image('https://example.com/a.png')])], 400, 'data URL'],
    ['strictest', [user([{ ...pngPart, image_url: { ...pngPart.image_url, detail: 'low' } }])], 400, 'detail'],
    ['openai', [user([image('https://example.com/a.png')])], 200, ''],
    ['openai', [{ role: 'assistant', content: 'x', thinking: 'y' }, user('Hi')], 400, 'messages[0].thinking'],
    ['mistral', [user([{ type: 'image_url', image_url: pngPart.image_url.url }])], 200, ''],
    ['openai', [user([{ type: 'image_url', image_url: pngPart.image_url.url }])], 400, 'expected an object'],
    ['mistral', [user('Hi'), calls(call('call_1')), result('call_1')], 400, 'with a length of 9'],
    ['mistral', [user('Hi'), { role: 'system', content: 'x' }, user('Hi')], 400, "Unexpected role 'system'"],
    ['mistral', [user('Hi'), { role: 'assistant', content: 'x' }], 400, 'Expected last role'],
    ['mistral', [user('Hi'), { role: 'assistant', content: '' }, user('Hi')], 400, 'either content or tool_calls'],
    ['lenient', [{ role: 'tool', content: 'x', images: [1] }, user(null)], 200, ''],
  ] as [DialectName, Json[], number, string][])('%s answers %j with %i', async (dialect, messages, status, message) => {
    const simulator = await startSimulator({ dialect });
    const received = await send(simulator, '/chat/completions', { model: 'sim-vision', messages });
    expect(received.status).toBe(status);
    expect(received.text).toContain(message);
  });
});
