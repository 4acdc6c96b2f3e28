import { describe, expect, it } from 'vitest';
import { splitClosedThinking, THINK_MARKS } from './think-marks.js';

describe('a text that closes a thinking which it has not opened', () => {
  it.each(Object.values(THINK_MARKS))('is thinking up to %s', (closing) => {
    expect(splitClosedThinking(`plan\n${closing}\n\nA ${closing}`)).toEqual({
      thinking: 'plan\n',
      closing,
      content: `A ${closing}`,
    });
  });

  it.each([
    'A',
    '',
    '<think>plan</think>A',
    'A <think>plan</think> B',
    'Qwen closes it by `</think>`.',
    'The mark "</thinking>" ends it.',
    'if (1 < /2/) think>',
  ])('is not: %s', (text) => {
    expect(splitClosedThinking(text)).toBeUndefined();
  });
});
