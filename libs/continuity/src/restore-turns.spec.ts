import { describe, expect, it } from 'vitest';
import type { OpenAiMessage } from '#contracts';
import { restoreTurns } from './restore-turns.js';
import type { TurnState } from './turn-state.js';

const SIGNATURE = { google: { thought_signature: 's1' } };
const STATE: TurnState = {
  origin: 'here',
  callIds: ['up-1', 'up-2'],
  reasoning: 'thought',
  reasoningDetails: [{ type: 'reasoning.text', text: 'thought' }],
  extraContents: [SIGNATURE, null],
  responsesItems: [{ type: 'reasoning', encrypted_content: 'e' }],
};

const call = (id: string) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } });
const turn = (...ids: string[]): OpenAiMessage => ({ role: 'assistant', content: null, tool_calls: ids.map(call) });
const result = (id: string): OpenAiMessage => ({ role: 'tool', tool_call_id: id, content: '4' });
const restore = (messages: OpenAiMessage[], at: number, origin = 'here', state = STATE) =>
  restoreTurns(messages, new Map([[at, state]]), origin);

describe('a turn', () => {
  it('gets its parts and ids back from the upstream that made it', () => {
    const messages = [turn('call_0', 'call_1'), result('call_1'), result('call_0')];
    expect(restore(messages, 0)).toEqual([
      {
        ...turn('up-1', 'up-2'),
        reasoning_content: 'thought',
        reasoning_details: STATE.reasoningDetails,
        responses_items: STATE.responsesItems,
        tool_calls: [{ ...call('up-1'), extra_content: SIGNATURE }, call('up-2')],
      },
      result('up-2'),
      result('up-1'),
    ]);
  });

  it('gets its reasoning alone at another upstream', () => {
    expect(restore([turn('call_0', 'call_1')], 0, 'elsewhere')).toEqual([
      { ...turn('call_0', 'call_1'), reasoning_content: 'thought' },
    ]);
  });

  it('keeps the reasoning that the client returned', () => {
    const message = { ...turn('call_0'), reasoning_content: 'mine' };
    expect(restore([message], 0)[0]?.reasoning_content).toBe('mine');
  });

  it('keeps its id where another call has the one of the upstream', () => {
    const messages = [turn('call_0'), result('call_0'), turn('up-1'), result('up-1')];
    expect(restore(messages, 0).map(({ tool_call_id: id, tool_calls: calls }) => id ?? calls?.[0]?.id)).toEqual([
      'call_0',
      'call_0',
      'up-1',
      'up-1',
    ]);
  });

  it('does not change other messages', () => {
    const messages: OpenAiMessage[] = [{ role: 'user', content: 'x' }, turn('a'), result('a'), turn('call_0')];
    const restored = restore(messages, 3);
    expect(restored.slice(0, 3).every((message, at) => message === messages[at])).toBe(true);
  });
});
