import { describe, expect, it } from 'vitest';
import { splitClosedThinking, THINK_MARKS } from './think-marks.js';

describe('a text that closes a thinking which it has not opened', () => {
  it.each(Object.values(THINK_MARKS))('is thinking up to %s', (closing) => {
    expect(splitClosedThinking(`plan\n${closing}\n\nA ${closing}`)).toEqual({
      thinking: 'plan\n',
      closing,
      content: `A ${closing}`,
      isLineEnd: true,
    });
  });

  it.each([
    ['plan</think>A', false],
    ['plan.</think> A', false],
    ['plan. </think> A', false],
    ['plan</think>\nA', true],
    ['plan</think> \r\nA', true],
    ['plan\n</think>', true],
    ['</think>\n\nA', true],
  ])('has the mark at the end of a line or not: %j', (text, isLineEnd) => {
    expect(splitClosedThinking(text)).toMatchObject({ closing: '</think>', isLineEnd });
  });

  it.each([
    'A',
    '',
    '<think>plan</think>A',
    'A <think>plan</think> B',
    'Qwen closes it by `</think>`.',
    'The mark "</thinking>" ends it.',
    'if (1 < /2/) think>',
    'Models end their thoughts with </think> and then answer.',
    'The mark is: </think>',
    'Gedanken enden mit </think>\nund dann folgt die Antwort.',
  ])('is not: %s', (text) => {
    expect(splitClosedThinking(text)).toBeUndefined();
  });
});
