import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThinkSplitter } from './think-splitter.js';

const ANSWERS: { text: string; thinking: string; content: string }[] = [
  { text: '', thinking: '', content: '' },
  { text: 'Hello', thinking: '', content: 'Hello' },
  { text: '  Hello ', thinking: '', content: '  Hello ' },
  { text: ' \n ', thinking: '', content: ' \n ' },
  { text: '<think>T</think>A', thinking: 'T', content: 'A' },
  { text: '<thinking>T</thinking>A', thinking: 'T', content: 'A' },
  { text: ' \n<think>T</think>A', thinking: 'T', content: 'A' },
  { text: '<think>\n\nT\n</think>\n\nA\n', thinking: 'T\n\n\n', content: 'A\n' },
  { text: '<think></think>A', thinking: '', content: 'A' },
  { text: '<think>\n\n</think>A', thinking: '', content: 'A' },
  { text: '<think>T', thinking: 'T', content: '' },
  { text: '<think>T</thi', thinking: 'T</thi', content: '' },
  { text: '<think>', thinking: '', content: '' },
  { text: '<think>T</think>', thinking: 'T', content: '' },
  { text: '<think>T</think> \n', thinking: 'T \n', content: '' },
  { text: '<thin', thinking: '', content: '<thin' },
  { text: '<thinker>A', thinking: '', content: '<thinker>A' },
  { text: '<b>A</b>', thinking: '', content: '<b>A</b>' },
  { text: '<THINK>T</THINK>A', thinking: '', content: '<THINK>T</THINK>A' },
  { text: 'A<think>T</think>B', thinking: '', content: 'A<think>T</think>B' },
  { text: '<think>T</think>A<think>B</think>', thinking: 'T', content: 'A<think>B</think>' },
  { text: '<think>1 < 2 </b></think>A', thinking: '1 < 2 </b>', content: 'A' },
  { text: '<think>a<think>b</think>c</think>', thinking: 'a<think>b', content: 'c</think>' },
  { text: '<think>T</thinking>A</think>B', thinking: 'T</thinking>A', content: 'B' },
  { text: '<think>T</</think>A', thinking: 'T</', content: 'A' },
  { text: '[THINK]T[/THINK]A', thinking: 'T', content: 'A' },
  { text: '<thought>T</thought>A', thinking: 'T', content: 'A' },
  { text: '<seed:think>T</seed:think>A', thinking: 'T', content: 'A' },
  { text: '◁think▷T◁/think▷A', thinking: 'T', content: 'A' },
  {
    text: '<|channel|>analysis<|message|>T<|end|><|start|>assistant<|channel|>final<|message|>A<|return|>',
    thinking: 'T',
    content: 'A',
  },
  { text: '<|start|>assistant<|channel|>final<|message|>1 < 2 <| A', thinking: '', content: '1 < 2 <| A' },
  { text: '<|channel|>analysis<|message|>T', thinking: 'T', content: '' },
  { text: '<think>über 🙂</think>日本', thinking: 'über 🙂', content: '日本' },
];

describe('think splitter', () => {
  describe.each(ANSWERS)('takes $text apart', ({ text, thinking, content }) => {
    it.each([1, 2, 3, 7, 64, 65_536])('in pieces of %i characters', (size) => {
      expect(split(text, [size])).toMatchObject({ thinking, content });
    });
  });

  it.each([
    { openedBy: '</think>', text: 'T</think>\n\nA', thinking: 'T\n\n', content: 'A', beginning: 'closed' },
    {
      openedBy: '</thinking>',
      text: '\nT</think></thinking>A',
      thinking: 'T</think>',
      content: 'A',
      beginning: 'closed',
    },
    { openedBy: '◁/think▷', text: 'T◁/think▷A', thinking: 'T', content: 'A', beginning: 'closed' },
    { openedBy: '</think>', text: '<think>T</think>A', thinking: 'T', content: 'A', beginning: 'marked' },
    { openedBy: '</think>', text: 'T</thin', thinking: 'T</thin', content: '', beginning: 'open' },
    { openedBy: '</think>', text: 'T</think>A</think>B', thinking: 'T', content: 'A</think>B', beginning: 'closed' },
    { openedBy: '</think>', text: '', thinking: '', content: '', beginning: 'unknown' },
  ])('begins inside of the thinking: $text', ({ openedBy, text, thinking, content, beginning }) => {
    for (const size of [1, 2, 3, 7, 64, 65_536])
      expect(split(text, [size], openedBy)).toEqual({ thinking, content, beginning });
  });

  it('gives the same for any cut of any text', () => {
    const text = fc
      .array(
        fc.constantFrom('<think>', '</think>', '<thinking>', '</thinking>', '<', '/', 'think', '>', ' ', '\n', 'a'),
      )
      .map((parts) => parts.join(''));
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 });

    fc.assert(
      fc.property(
        text,
        fc.constantFrom('<think>', ''),
        fc.constantFrom('</think>', undefined),
        cuts,
        (rest, start, openedBy, lengths) => {
          const whole = start + rest;
          expect(split(whole, lengths, openedBy)).toEqual(split(whole, [whole.length + 1], openedBy));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('holds back no more than what may still be a tag', () => {
    const emitted: string[] = [];
    const splitter = new ThinkSplitter((kind, text) => emitted.push(`${kind} ${text}`));

    for (const piece of ['<think>', 'abc</t', 'def', '</think>', 'x', '<y']) splitter.push(piece);

    expect(emitted).toEqual(['thinking abc', 'thinking </tdef', 'content x', 'content <y']);
  });

  it('never emits an empty text', () => {
    const splitter = new ThinkSplitter((_kind, text) => expect(text).not.toBe(''));

    for (const character of ' <think> </think> a') splitter.push(character);
    splitter.end();
    splitter.end();
  });
});

function split(
  text: string,
  lengths: readonly number[],
  openedBy?: string,
): { thinking: string; content: string; beginning: string } {
  const emitted = { thinking: '', content: '' };
  const splitter = new ThinkSplitter((kind, piece) => {
    if (kind === 'thinking') expect(emitted.content).toBe('');
    emitted[kind] += piece;
  }, openedBy);
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const length = lengths[turn % lengths.length]!;
    splitter.push(text.slice(at, at + length));
    at += length;
  }
  splitter.end();
  return { ...emitted, beginning: splitter.beginning };
}
