import { describe, expect, it } from 'vitest';
import type { OpenAiDelta } from '#contracts';
import { TurnCollector } from './turn-collector.js';

function collect(...deltas: readonly [OpenAiDelta, string?][]): TurnCollector {
  const turn = new TurnCollector();
  for (const [delta, reasoning = ''] of deltas) turn.add(delta, reasoning);
  return turn;
}

const details = (...list: unknown[]): [OpenAiDelta] => [{ reasoning_details: list }];

describe('the parts of an answer', () => {
  it('are none where the upstream gave none', () => {
    expect(collect([{ content: 'x' }]).finish([null, null])).toBeUndefined();
  });

  it('are its reasoning, extra contents and items', () => {
    const item = { type: 'reasoning', encrypted_content: 'e' };
    const turn = collect([{}, 'a'], [{}, 'b'], [{ responses_items: [item] }]);
    expect(turn.finish([null, { s: 1 }])).toEqual({
      reasoning: 'ab',
      responsesItems: [item],
      extraContents: [null, { s: 1 }],
    });
  });

  it('have details joined that came in pieces', () => {
    const turn = collect(
      details({ type: 'reasoning.text', text: 'a', index: 0, format: 'x' }),
      details({ type: 'reasoning.text', text: 'b', index: 0, signature: null }),
      details({ type: 'reasoning.text', signature: 's', index: 0 }, { type: 'reasoning.text', text: 'c', index: 1 }),
      details({ type: 'reasoning.encrypted', data: 'd', id: 'call_1', index: 1 }),
      details({ type: 'reasoning.encrypted', data: 'e', id: 'call_2', index: 1 }),
      details('no object', { type: 'reasoning.summary', summary: 'f' }, { type: 'reasoning.summary', summary: 'g' }),
    );
    expect(turn.finish([])?.reasoningDetails).toEqual([
      { type: 'reasoning.text', text: 'ab', index: 0, format: 'x', signature: 's' },
      { type: 'reasoning.text', text: 'c', index: 1 },
      { type: 'reasoning.encrypted', data: 'd', id: 'call_1', index: 1 },
      { type: 'reasoning.encrypted', data: 'e', id: 'call_2', index: 1 },
      { type: 'reasoning.summary', summary: 'f' },
      { type: 'reasoning.summary', summary: 'g' },
    ]);
  });

  it('are bounded', () => {
    const turn = collect(...Array.from({ length: 50 }, (): [OpenAiDelta, string] => [{}, 'x'.repeat(10_000)]));
    expect(turn.finish([])?.reasoning?.length).toBeLessThan(280_000);
  });
});
