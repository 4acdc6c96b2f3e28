import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OllamaMessage } from '#contracts';
import { BadRequestError } from '#errors';
import { decodeContext, encodeContext } from './context.js';

const TALK: OllamaMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Grüß dich 🙂' },
  { role: 'assistant', content: '' },
];

describe('context of a generate answer', () => {
  it('gives the conversation back', () => {
    const turns = fc.array(
      fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.string({ unit: 'binary' }) }),
      { maxLength: 8 },
    );

    fc.assert(
      fc.property(turns, (talk) => {
        expect(decodeContext(encodeContext(talk))).toEqual(talk);
      }),
    );
    expect(decodeContext(encodeContext(TALK))).toEqual(TALK);
  });

  it('holds integers that every client can hold', () => {
    for (const integer of encodeContext(TALK)) {
      expect(Number.isInteger(integer) && integer >= 0 && integer < 2 ** 24).toBe(true);
    }
  });

  it('forgets the oldest turns of a long conversation, and never the system message', () => {
    const turn = (text: string): OllamaMessage[] => [
      { role: 'user', content: text + 'x'.repeat(20_000) },
      { role: 'assistant', content: text },
    ];

    const kept = decodeContext(encodeContext([...TALK.slice(0, 1), ...turn('1'), ...turn('2'), ...turn('3')]));

    expect(kept.map(({ role, content }) => [role, content[0]])).toEqual([
      ['system', 'B'],
      ['user', '2'],
      ['assistant', '2'],
      ['user', '3'],
      ['assistant', '3'],
    ]);
  });

  it('is empty when the last turn alone is too long', () => {
    const talk = [
      { role: 'user', content: 'x'.repeat(100_000) },
      { role: 'assistant', content: 'y' },
    ];

    expect(decodeContext(encodeContext(talk))).toEqual([]);
  });

  it.each<[string, number[]]>([
    ['token ids', [128_000, 9906, 1917]],
    ['nothing', []],
    ['one number', [1]],
    ['negative numbers', [-1, -2, -3]],
    ['a context cut short', encodeContext(TALK).slice(0, -1)],
    ['a context made longer', [...encodeContext(TALK), 0]],
    ['a changed context', encodeContext(TALK).map((integer, index) => (index === 5 ? integer ^ 1 : integer))],
    [
      'a context out of range',
      encodeContext(TALK).map((integer, index) => (index === 5 ? integer + 2 ** 24 : integer)),
    ],
  ])('is refused when it is %s', (_name, context) => {
    expect(() => decodeContext(context)).toThrow(BadRequestError);
  });

  it('is never read as something else, however it was damaged', () => {
    const whole = encodeContext(TALK);
    const damage = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 2 ** 24 - 1 }));

    fc.assert(
      fc.property(damage, ([at, integer]) => {
        const context = whole.map((each, index) => (index === at ? integer : each));
        if (integer === whole[at]) return;
        expect(() => decodeContext(context)).toThrow(BadRequestError);
      }),
    );
  });
});

describe('a context of very many turns', () => {
  it('is encoded in linear time', () => {
    expect((length: number) => {
      const turns = Array.from({ length }, (_, index) => ({ role: index % 2 ? 'assistant' : 'user', content: 'x' }));

      const kept = decodeContext(encodeContext(turns));

      expect(turns.slice(-kept.length)).toEqual(kept);
    }).toTakeLinearTime(10_000);
  });
});
