import { describe, expect, it } from 'vitest';
import type { OpenAiChoice, OpenAiLogprob } from '#contracts';
import { toOllamaLogprobs } from './logprobs.js';

const TOP: OpenAiLogprob[] = [
  { token: 'Hi', logprob: -0.1, bytes: [72, 105] },
  { token: 'Ho', logprob: -2, bytes: null },
];
const HI: OpenAiLogprob = { token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: TOP };

describe('logprobs', () => {
  it('have the alternatives that the client asked for', () => {
    expect(read([HI], 2)).toEqual([
      {
        token: 'Hi',
        logprob: -0.1,
        bytes: [72, 105],
        top_logprobs: [
          { token: 'Hi', logprob: -0.1, bytes: [72, 105] },
          { token: 'Ho', logprob: -2, bytes: [72, 111] },
        ],
      },
    ]);
    expect(read([HI], 1)[0]?.top_logprobs).toHaveLength(1);
    expect(read([HI], 0)).toStrictEqual([{ token: 'Hi', logprob: -0.1, bytes: [72, 105] }]);
  });

  it.each<[OpenAiLogprob, object]>([
    [
      { token: '🙂', logprob: -1 },
      { token: '🙂', logprob: -1, bytes: [240, 159, 153, 130] },
    ],
    [
      { token: 'ü', logprob: -1, bytes: null },
      { token: 'ü', logprob: -1, bytes: [195, 188] },
    ],
    [
      { token: '\\xf0', logprob: -1, bytes: [240] },
      { token: '\\xf0', logprob: -1, bytes: [240] },
    ],
    [
      { token: '', logprob: 0 },
      { token: '', logprob: 0 },
    ],
    [
      { token: null, logprob: null },
      { token: '', logprob: 0 },
    ],
    [
      { token: 'a', logprob: -1, bytes: [97], top_logprobs: null },
      { token: 'a', logprob: -1, bytes: [97] },
    ],
    [
      { token: 'a', logprob: -1, bytes: [97], top_logprobs: [] },
      { token: 'a', logprob: -1, bytes: [97] },
    ],
  ])('of %j are %j', (entry, expected) => {
    expect(read([entry], 5)).toStrictEqual([expected]);
  });

  it('are read in the form of completions, too', () => {
    const logprobs = { tokens: ['a', 'b'], token_logprobs: [-0.5] };

    expect(toOllamaLogprobs({ logprobs }, 1)).toEqual([
      { token: 'a', logprob: -0.5, bytes: [97] },
      { token: 'b', logprob: 0, bytes: [98] },
    ]);
  });

  it.each<OpenAiChoice>([
    {},
    { logprobs: null },
    { logprobs: {} },
    { logprobs: { content: null } },
    { logprobs: { content: [] } },
  ])('are none in %j', (choice) => {
    expect(toOllamaLogprobs(choice, 1)).toEqual([]);
  });
});

function read(content: OpenAiLogprob[], alternatives: number): ReturnType<typeof toOllamaLogprobs> {
  return toOllamaLogprobs({ logprobs: { content } }, alternatives);
}
