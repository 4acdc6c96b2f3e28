import { describe, expect, it } from 'vitest';
import type { OpenAiMessage, OpenAiTool } from '#contracts';
import type { ToolRequest } from './tools.js';
import {
  toPortableName,
  withDeclaredTools,
  withDistinctTools,
  withFewerTools,
  withPortableNames,
  withShortCallIds,
  withShortDescriptions,
} from './tools.js';

const tool = (name: string, description?: string): OpenAiTool => ({
  type: 'function',
  function: {
    name,
    ...(description !== undefined && { description }),
    parameters: { type: 'object', properties: { town: { type: 'string', description: description ?? '' } } },
  },
});
const call = (id: string, name: string, text = '{"town":"Ulm"}'): OpenAiMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: text } }],
});
const result = (id: string): OpenAiMessage => ({ role: 'tool', content: 'sunny', tool_call_id: id });

describe('portable names', () => {
  it('leave a request without odd names as it is', () => {
    const request: ToolRequest = { messages: [call('1', 'get_weather')], tools: [tool('get_weather')] };
    expect(withPortableNames(request).request).toBe(request);
  });

  it('replace a name in tools, calls and the choice, and lead back', () => {
    const name = 'get weather.v2 (°C)';
    const { request, names } = withPortableNames({
      messages: [call('1', name)],
      tools: [tool(name), tool('other')],
      tool_choice: { type: 'function', function: { name } },
    });
    const sent = request.tools[0]!.function.name;
    expect(sent).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(request.messages[0]!.tool_calls![0]!.function.name).toBe(sent);
    expect(request.tool_choice).toEqual({ type: 'function', function: { name: sent } });
    expect([...names]).toEqual([[sent, name]]);
  });

  it('keep names apart that look alike or share 64 characters', () => {
    const all = ['a b', 'a.b', 'a_b', `${'x'.repeat(70)}1`, `${'x'.repeat(70)}2`, '天気', '時刻', ''];
    const { request, names } = withPortableNames({ messages: [], tools: all.map((name) => tool(name)) });
    const sent = request.tools.map(({ function: { name } }) => name);
    expect(new Set(sent).size).toBe(all.length);
    expect(sent.map((name) => names.get(name) ?? name)).toEqual(all);
    for (const name of sent) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  it('depend on the name alone', () => {
    expect(toPortableName('a b')).toBe(toPortableName('a b'));
    expect(toPortableName('get_weather')).toBe('get_weather');
  });
});

it('keeps the first of two tools of one name', () => {
  const request = { messages: [], tools: [tool('a', 'one'), tool('b'), tool('a', 'two')] };
  expect(withDistinctTools(request).tools.map(({ function: f }) => f.description)).toEqual(['one', undefined]);
});

it('cuts descriptions of tools and parameters, never inside a character', () => {
  const { tools } = withShortDescriptions(
    { messages: [], tools: [tool('a', `${'x'.repeat(8)}😀😀😀`), tool('b', 'short')] },
    10,
  );
  expect(tools.map(({ function: f }) => f.description)).toEqual([`${'x'.repeat(8)}…`, 'short']);
  expect(JSON.stringify(tools[0]!.function.parameters)).toContain(`"description":"${'x'.repeat(8)}…"`);
});

it('keeps called tools when there are too many', () => {
  const tools = ['a', 'b', 'c', 'd'].map((name) => tool(name));
  const request = { messages: [call('1', 'd'), result('1')], tools };
  expect(withFewerTools(request, 2).tools.map(({ function: f }) => f.name)).toEqual(['a', 'd']);
  expect(withFewerTools(request, 4)).toBe(request);
});

describe('declared tools', () => {
  it('are added for the calls of a conversation', () => {
    const request: ToolRequest = {
      messages: [call('1', 'a'), call('2', 'b', 'not JSON'), result('2')],
      tools: [tool('a')],
    };
    const { tools } = withDeclaredTools(request);
    expect(tools!.map(({ function: f }) => f.name)).toEqual(['a', 'b']);
    expect(withDeclaredTools<ToolRequest>({ messages: [call('1', 'c')] }).tools![0]!.function.parameters).toEqual({
      type: 'object',
      properties: { town: {} },
    });
  });

  it('are not added where nothing was called', () => {
    const request: ToolRequest = { messages: [{ role: 'user', content: 'Hello' }] };
    expect(withDeclaredTools(request)).toBe(request);
  });
});

it('shortens ids the same way in call and result, and keeps them apart', () => {
  const long = 'x'.repeat(80);
  const messages = [
    call(`${long}1`, 'a'),
    result(`${long}1`),
    call(`${long}2`, 'a'),
    result(`${long}2`),
    call('ok_1', 'a'),
  ];
  const ids = withShortCallIds({ messages }, 40).messages.map((each) => each.tool_calls?.[0]?.id ?? each.tool_call_id);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).toBe(ids[3]);
  expect(ids[0]).not.toBe(ids[2]);
  expect(ids[4]).toBe('ok_1');
  for (const id of ids) expect(id!.length).toBeLessThanOrEqual(40);
});
