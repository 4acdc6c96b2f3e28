import { describe, expect, it } from 'vitest';
import { userWords } from './user-words.js';

describe('words of the user', () => {
  it.each([
    ['Read a.txt', 'Read a.txt'],
    ['"Write \\"Hi\\" to a.txt"', 'Write "Hi" to a.txt'],
    ['"Hi" and "you"', '"Hi" and "you"'],
    ['<system-reminder>Use read.</system-reminder>\nRead a.txt', 'Read a.txt'],
    ['<task>\nRead a.txt\n</task>\n# Hints\n<environment_details>b.txt</environment_details>', 'Read a.txt'],
    ['<system-reminder>only this</system-reminder>', '<system-reminder>only this</system-reminder>'],
    ['<system-reminder>not closed', '<system-reminder>not closed'],
    ['Is <b>a</b> bold?', 'Is <b>a</b> bold?'],
  ])('%j are %j', (text, words) => {
    expect(userWords(text)).toBe(words);
  });

  it('are found in linear time', () => {
    expect((size: number) => userWords('<a-b>'.repeat(size) + '<c-d>x</c-d>'.repeat(size))).toTakeLinearTime(10_000);
  });
});
