import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseModelfile, renderModelfile, renderParameters } from './modelfile.js';

const EMPTY = { from: 'm', system: '', template: '', parameters: {}, messages: [], license: [], adapters: [] };

describe('a Modelfile', () => {
  it.each([
    ['comments before white space', (size: number) => `FROM a\n${'#\n'.repeat(size / 5)}${' '.repeat(10 * size)}`],
    ['many values of one parameter', (size: number) => `FROM a\n${'PARAMETER stop a\n'.repeat(size / 2)}`],
    ['blank lines', (size: number) => `FROM a\n${' \n'.repeat(3 * size)}`],
  ])('is read in linear time: %s', (_name, text) => {
    expect((size: number) => {
      expect(parseModelfile(text(size)).from).toBe('a');
    }).toTakeLinearTime(25_000);
  });

  it.each([
    ['FROM m', {}],
    ['from m\r\nsystem Be brief.\r\n', { system: 'Be brief.' }],
    ['# a comment\n\nFROM m\n# SYSTEM no\n', {}],
    ['FROM m\nSYSTEM """\nOne\n# Two\n"""', { system: '\nOne\n# Two\n' }],
    ['FROM m\nSYSTEM "quoted"', { system: 'quoted' }],
    ['FROM m\nSYSTEM """"Be brief""""', { system: '"Be brief"' }],
    ['FROM m\nSYSTEM a "b" c', { system: 'a "b" c' }],
    ['FROM m\nSYSTEM first\nSYSTEM second', { system: 'second' }],
    [
      'FROM m\nPARAMETER temperature 0.5\nPARAMETER stop "a b"\nPARAMETER stop """c"""',
      { parameters: { temperature: 0.5, stop: ['a b', 'c'] } },
    ],
    [
      'FROM m\nMESSAGE USER Hi\nMESSAGE assistant """Hello\nyou"""',
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Hello\nyou' },
        ],
      },
    ],
    ['FROM m\nLICENSE MIT\nLICENSE BSD\nADAPTER ./a', { license: ['MIT', 'BSD'], adapters: ['./a'] }],
    ['FROM m\nREQUIRES 0.14\nPARSER x\nRENDERER y', {}],
  ])('%j is read', (text, expected) => {
    expect(parseModelfile(text)).toEqual({ ...EMPTY, ...expected });
  });

  it.each([
    ['', 'no FROM line'],
    ['SYSTEM x', 'no FROM line'],
    ['FROM m\nSYSTEM """x', 'unexpected EOF'],
    ['FROM m\nSIZE 3', 'command must be one of "from", "license"'],
    ['FROM m\nMESSAGE tool x', 'message role must be one of "system", "user", or "assistant"'],
    ['FROM m\nPARAMETER tempo 1', "unknown parameter 'tempo'"],
    ['FROM m\nPARAMETER toString 1', "unknown parameter 'toString'"],
    ['FROM m\nPARAMETER num_ctx 1.5', 'invalid int value [1.5]'],
    ['FROM m\nPARAMETER temperature', 'invalid float value []'],
    ['FROM m\nPARAMETER use_mmap maybe', 'invalid bool value [maybe]'],
  ])('%j is rejected', (text, message) => {
    expect(() => parseModelfile(text)).toThrow(message);
  });

  it('is read as it was rendered, whatever the texts', () => {
    // No quotes enclose a text with """, and line ends are those of Unix.
    const text = fc
      .array(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\n', ' ', '#', 'SYSTEM ', '{{ .Prompt }}')),
      )
      .map((parts) => parts.join('').replaceAll('"""', '').replaceAll('\r', ''))
      .filter((each) => !each.includes('"""'));
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => (each === 0 ? 0 : each));
    const model = fc.record({
      system: text,
      template: text,
      parameters: fc.record(
        { temperature: number, num_ctx: fc.nat(), use_mmap: fc.boolean(), stop: fc.array(text, { minLength: 1 }) },
        { requiredKeys: [] },
      ),
      messages: fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: text })),
      licenses: fc.array(text),
    });
    fc.assert(
      fc.property(model, (made) => {
        const names = {
          name: 'mine:latest',
          base: 'm',
          parent: 'm',
          modifiedAt: '',
          digest: '',
          capabilities: undefined,
        };
        const { licenses, ...rest } = made;
        expect(parseModelfile(renderModelfile({ ...names, ...made }))).toEqual({
          ...EMPTY,
          ...rest,
          license: licenses,
        });
      }),
    );
  });

  it('has its parameters shown one a line, sorted, texts in quotes', () => {
    const shown = renderParameters({ temperature: 0.5, stop: ['a', '"'] });
    expect(shown.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'stop "a"',
      String.raw`stop "\""`,
      'temperature 0.5',
    ]);
  });
});
