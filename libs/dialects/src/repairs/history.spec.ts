import { describe, expect, it } from 'vitest';
import type { OpenAiMessage } from '#contracts';
import { sizeOf, withShorterHistory, withShorterPrompt } from './history.js';

const say = (role: string, content: string): OpenAiMessage => ({ role, content });
const call = (...ids: string[]): OpenAiMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
});
const result = (id: string, content = 'r'.repeat(100)): OpenAiMessage => ({ role: 'tool', content, tool_call_id: id });
const text = (letter: string, length = 100): string => letter.repeat(length);
const namesOf = (messages: readonly OpenAiMessage[]): string =>
  messages.map(({ role, content }) => `${role[0]}${typeof content === 'string' ? content[0] : ''}`).join(' ');

const TALK = [
  say('system', text('S')),
  say('user', text('a')),
  say('assistant', text('b')),
  say('user', text('c')),
  say('assistant', text('d')),
  say('user', text('e')),
];

describe('a conversation that is too long', () => {
  it.each([
    [600, 'sS ua ab uc ad ue', 0],
    [599, 'sS uc ad ue', 2],
    [400, 'sS uc ad ue', 2],
    [399, 'sS ue', 4],
    [200, 'sS ue', 4],
  ])('at most %i characters: %s', (size, names, leftOut) => {
    const shorter = withShorterHistory(TALK, size);
    expect(namesOf(shorter.messages)).toBe(names);
    expect(shorter.leftOut).toEqual({ messages: leftOut, characters: 0 });
  });

  it('keeps every system message, wherever it is', () => {
    const messages = [say('user', text('a')), say('system', text('S')), say('user', text('b'))];
    expect(namesOf(withShorterHistory(messages, 200).messages)).toBe('sS ub');
  });

  it('leaves out calls together with all of their results', () => {
    const messages = [say('user', text('a')), call('1', '2'), result('1'), result('2'), say('user', text('e'))];
    expect(namesOf(withShorterHistory(messages, 320).messages)).toBe('ue');
  });

  it('keeps the task and the newest results of a long run of tools', () => {
    const messages = [say('user', text('T')), call('1'), result('1'), call('2'), result('2'), call('3'), result('3')];
    const { messages: shorter } = withShorterHistory(messages, 400);
    expect(shorter[0]).toEqual(messages[0]);
    expect(shorter.slice(-2)).toEqual(messages.slice(-2));
    expect(shorter.length).toBeLessThan(messages.length);
    const ids = new Set(shorter.flatMap(({ tool_calls: calls = [] }) => calls.map(({ id }) => id)));
    expect(shorter.every(({ tool_call_id: id }) => id === undefined || ids.has(id))).toBe(true);
  });

  it('cuts the middle of the longest text where no message can be left out', () => {
    const messages = [say('system', text('S')), say('user', `begin${text('x', 900)}end`)];
    const { messages: shorter, leftOut } = withShorterHistory(messages, 300);
    expect(shorter[0]).toEqual(messages[0]);
    expect(shorter[1]!.content).toMatch(/^begin.*end$/);
    expect(sizeOf(shorter[1]!)).toBe(200);
    expect(leftOut).toEqual({ messages: 0, characters: 708 });
  });

  it('is never cut inside a character', () => {
    for (let size = 64; size < 80; size += 1) {
      const { messages } = withShorterHistory([say('user', '🙂'.repeat(200))], size);
      expect(() => encodeURIComponent(messages[0]!.content as string)).not.toThrow();
      expect(() => encodeURIComponent(withShorterPrompt('🙂'.repeat(200), size).prompt)).not.toThrow();
    }
  });

  it('counts an image as about a thousand tokens, whatever its bytes', () => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AA==' } };
    expect(sizeOf({ role: 'user', content: [{ type: 'text', text: 'x' }, image] })).toBe(4001);
  });
});
