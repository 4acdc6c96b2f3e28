import { describe, expect, it } from 'vitest';
import type { OpenAiMessage } from '#contracts';
import {
  withAlternatingRoles,
  withAssistantAfterTool,
  withContinuation,
  withoutEmptyMessages,
  withPlainText,
  withTextEverywhere,
  withUserFirst,
} from './conversation.js';

const say = (role: string, content: OpenAiMessage['content']): OpenAiMessage => ({ role, content });
const call = (...ids: string[]): OpenAiMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
});
const result = (id: string, content = 'done'): OpenAiMessage => ({ role: 'tool', content, tool_call_id: id });
const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AA==' } };
const rolesOf = (messages: readonly OpenAiMessage[]): string => messages.map(({ role }) => role[0]).join('');

it('merges neighbours of one role, their calls included', () => {
  const merged = withAlternatingRoles([
    say('user', 'a'),
    say('user', [image]),
    call('1'),
    call('2'),
    result('1'),
    result('2'),
  ]);
  expect(rolesOf(merged)).toBe('uatt');
  expect(merged[0]!.content).toEqual([{ type: 'text', text: 'a' }, image]);
  expect(merged[1]!.tool_calls!.map(({ id }) => id)).toEqual(['1', '2']);
  expect(merged[1]!.content).toBeNull();
});

it('lets the user begin', () => {
  expect(rolesOf(withUserFirst([say('system', 'a'), say('assistant', 'b')]))).toBe('sua');
  expect(rolesOf(withUserFirst([say('system', 'a'), say('user', 'b')]))).toBe('su');
});

it('leaves out empty turns of the assistant, and only those', () => {
  const messages = [say('user', ''), say('assistant', ' '), call('1'), result('1', ''), say('assistant', 'b')];
  expect(withoutEmptyMessages(messages).map(({ content }) => content)).toEqual(['(empty)', null, '(empty)', 'b']);
  expect(withTextEverywhere(messages).every(({ content }) => content)).toBe(true);
});

it('puts the assistant between a result and the user', () => {
  expect(rolesOf(withAssistantAfterTool([call('1'), result('1'), say('user', 'a')]))).toBe('atau');
});

it('asks to continue a text of the assistant at the end', () => {
  expect(rolesOf(withContinuation([say('user', 'a'), say('assistant', 'Once')]))).toBe('uau');
  expect(rolesOf(withContinuation([say('user', 'a')]))).toBe('u');
  expect(rolesOf(withContinuation([say('user', 'a'), call('1')]))).toBe('ua');
});

describe('images', () => {
  it('follow the results of a turn in a message of the user', () => {
    const messages = [
      call('1', '2'),
      { ...result('1'), content: [{ type: 'text' as const, text: 'x' }, image] },
      result('2'),
      say('assistant', 'b'),
    ];
    const plain = withPlainText(messages);
    expect(rolesOf(plain)).toBe('attua');
    expect(plain[1]!.content).toBe('x');
    expect(plain[3]!.content).toEqual([image]);
  });
});

it('keeps one message of a conversation without any text', () => {
  expect(withoutEmptyMessages([say('assistant', '')])).toEqual([say('user', '(empty)')]);
});
