import { describe, expect, it } from 'vitest';
import type { AnsweredTurn, OpenAiMessage } from '#contracts';
import { Counters } from '#observability';
import { Continuity } from './continuity.js';
import { MemoryStore } from './memory-store.js';
import type { TurnState } from './turn-state.js';

const LIMITS = { maxBytes: 1e6, maxEntries: 1000, ttlMs: 1e6 };
const ALICE = { scope: 'alice', origin: 'up\nm' };
const ARGUMENTS = { town: 'Ulm', at: { b: 1, a: [2, { d: 1, c: 2 }] } };
const REORDERED = { at: { a: [2, { c: 2, d: 1 }], b: 1 }, town: 'Ulm' };

const user = (content: string): OpenAiMessage => ({ role: 'user', content });
const QUESTION = [user('How is it in Ulm?')];

function called(name: string, values: unknown = ARGUMENTS, content: string | null = null): OpenAiMessage {
  const call = { id: 'call_0', type: 'function' as const, function: { name, arguments: JSON.stringify(values) } };
  return { role: 'assistant', content, tool_calls: [call] };
}

function answer(name: string, reasoning: string, text = ''): AnsweredTurn {
  return { text, calls: [{ id: 'up-1', name, arguments: ARGUMENTS }], parts: { reasoning } };
}

function start(limits = LIMITS) {
  const counters = new Counters();
  const continuity = new Continuity(counters, new MemoryStore<TurnState>(limits));
  const found = async (scope: string, messages: readonly OpenAiMessage[]): Promise<(string | undefined)[]> => {
    const turns = await continuity.find(scope, messages);
    return messages.map((_message, at) => turns.get(at)?.reasoning);
  };
  return { continuity, counters, found };
}

describe('a turn with calls', () => {
  it.each([
    ['as it was', [...QUESTION, called('f', ARGUMENTS, 'Let me look.')]],
    ['with the keys in another order', [...QUESTION, called('f', REORDERED, 'Let me look.')]],
    ['without its text', [...QUESTION, called('f')]],
    ['with more white space', [user(' How is it in Ulm?\n'), called('f', ARGUMENTS, ' Let me look.\n')]],
    ['after another question', [user('Rewritten by the client'), called('f', ARGUMENTS, 'Let me look.')]],
    ['with parts as content', [{ role: 'user', content: [{ type: 'text', text: 'How is it in Ulm?' }] }, called('f')]],
  ] satisfies [string, OpenAiMessage[]][])('is found %s', async (_how, messages) => {
    const { continuity, found, counters } = start();
    await continuity.keep(ALICE, QUESTION, answer('f', 'thought', 'Let me look.'));
    expect(await found('alice', messages)).toEqual([undefined, 'thought']);
    expect(Object.fromEntries(counters.turns)).toEqual({ kept: 1, restored: 1, too_large: 0 });
  });

  it.each([
    ['by another caller', 'bob', [...QUESTION, called('f')]],
    ['with another tool', 'alice', [...QUESTION, called('g')]],
    ['with other arguments', 'alice', [...QUESTION, called('f', { town: 'Rom' })]],
    ['without calls', 'alice', [...QUESTION, { role: 'assistant', content: 'Let me look.' }]],
    ['with neither text nor question', 'alice', [user('Rewritten'), called('f')]],
  ] satisfies [string, string, OpenAiMessage[]][])('is not found %s', async (_how, scope, messages) => {
    const { continuity, found } = start();
    await continuity.keep(ALICE, QUESTION, answer('f', 'thought', 'Let me look.'));
    expect(await found(scope, messages)).toEqual([undefined, undefined]);
  });

  it('is distinguished from equal calls by its place', async () => {
    const { continuity, found } = start();
    const result: OpenAiMessage = { role: 'tool', tool_call_id: 'call_0', content: '4' };
    const loop = [...QUESTION, called('f'), result, called('f'), result];
    await continuity.keep(ALICE, QUESTION, answer('f', 'first'));
    await continuity.keep(ALICE, loop.slice(0, 3), answer('f', 'second'));
    expect(await found('alice', loop)).toEqual([undefined, 'first', undefined, 'second', undefined]);
  });

  it('is not kept if it is far too large', async () => {
    const { continuity, found, counters } = start();
    await continuity.keep(ALICE, QUESTION, answer('f', 'x'.repeat(300_000)));
    expect(await found('alice', [...QUESTION, called('f')])).toEqual([undefined, undefined]);
    expect(counters.turns.get('too_large')).toBe(1);
  });

  it('may have arguments of any depth', async () => {
    const { continuity, found } = start();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const call = { id: '1', type: 'function' as const, function: { name: 'f', arguments: deep } };
    const messages = [...QUESTION, { role: 'assistant', content: null, tool_calls: [call] }];
    expect(await found('alice', messages)).toEqual([undefined, undefined]);
    await continuity.keep(ALICE, QUESTION, {
      ...answer('f', 'deep'),
      calls: [{ id: '1', name: 'f', arguments: JSON.parse(deep) }],
    });
    expect(await found('alice', messages)).toEqual([undefined, 'deep']);
  });

  it('is neither kept nor found without a caller or a store', async () => {
    const off = new Continuity(new Counters());
    expect(off.keep(ALICE, QUESTION, answer('f', 'thought'))).toBeUndefined();
    expect(off.find('alice', [...QUESTION, called('f')])).toEqual(new Map());
    const { continuity } = start();
    await continuity.keep({ ...ALICE, scope: undefined }, QUESTION, answer('f', 'thought'));
    expect(continuity.usage.entries).toBe(0);
    expect(continuity.find(undefined, [...QUESTION, called('f')])).toEqual(new Map());
  });
});

it('a conversation without calls is not looked up', () => {
  const store = {
    usage: { entries: 0, bytes: 0 },
    get: () => expect.fail('looked up'),
    put: () => undefined,
    delete: () => undefined,
  };
  expect(new Continuity(new Counters(), store).find('alice', QUESTION)).toEqual(new Map());
});
