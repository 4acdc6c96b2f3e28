import { describe, expect, it } from 'vitest';
import type { OpenAiMessage } from '#contracts';
import {
  withAlternatingRoles,
  withAssistantAfterTool,
  withContinuation,
  withLeadingSystem,
  withoutEmptyMessages,
  withoutOldestTurns,
  withPlainText,
  withSystemAsUser,
  withTextEverywhere,
  withTextOnly,
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

it('joins system messages at the front', () => {
  const messages = [say('user', 'a'), say('system', 'one'), say('assistant', 'b'), say('system', 'two')];
  expect(withLeadingSystem(messages)).toEqual([say('system', 'one\n\ntwo'), say('user', 'a'), say('assistant', 'b')]);
  expect(withLeadingSystem([say('user', 'a')])).toEqual([say('user', 'a')]);
});

it('hands system messages to the user where there is no such role', () => {
  expect(rolesOf(withSystemAsUser([say('system', 'a'), say('user', 'b'), say('developer', 'c')]))).toBe('uuu');
});

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

  it('are left out for a model that reads text only', () => {
    expect(withTextOnly([say('user', [{ type: 'text', text: 'x' }, image])])).toEqual([say('user', 'x')]);
  });
});

describe('the oldest turns', () => {
  const long = 'x'.repeat(1000);
  const messages = [
    say('system', long),
    say('user', long),
    call('1'),
    result('1', long),
    say('assistant', long),
    say('user', 'last'),
  ];

  it('go first; system messages and the last turn stay', () => {
    expect(rolesOf(withoutOldestTurns(messages, 0.8)!)).toBe('satau');
    expect(rolesOf(withoutOldestTurns(messages, 0.1)!)).toBe('su');
  });

  it('take the results of a call along', () => {
    const left = withoutOldestTurns(messages, 0.6)!;
    expect(rolesOf(left)).toBe('sau');
  });

  it('are none when only the last turn is left', () => {
    expect(withoutOldestTurns([say('system', long), say('user', long)], 0.5)).toBeUndefined();
  });

  it('keeps what follows the last turn of the user', () => {
    const running = [say('user', long), say('user', 'last'), call('1'), result('1', long)];
    expect(rolesOf(withoutOldestTurns(running, 0.1)!)).toBe('uat');
  });
});
