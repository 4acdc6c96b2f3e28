import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseModelfile, renderModelfile, renderParameters } from './modelfile.js';

const EMPTY = { from: 'm', system: '', template: '', parameters: {}, messages: [], license: [], adapters: [] };

/**
 * The values of each instruction as Ollama's own parser reads them (parser.ParseFile): a value ends at a line end, unless it
 * begins with quotes that the text so far does not end with.
 */
function readAsOllama(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let name: string | undefined;
  let value = '';
  const unquote = (written: string): string | undefined => {
    const quote = ['"""', '"'].find((each) => written.startsWith(each));
    if (quote === undefined) return written;
    const isClosed = written.length >= 2 * quote.length && written.endsWith(quote);
    return isClosed ? written.slice(quote.length, -quote.length) : undefined;
  };
  for (const line of text.split(/\r\n|[\r\n]/)) {
    if (name === undefined && (line.trim() === '' || line.startsWith('#'))) continue;
    if (name === undefined) {
      const [, word = '', rest = ''] = /^([a-z]+) (.*)$/is.exec(line) ?? [];
      if (!/^(from|system|template|license|message|parameter)$/i.test(word)) throw new Error(`no instruction: ${line}`);
      name = word.toLowerCase();
      value = /^(message|parameter)$/.test(name) ? rest.replace(/^\S+ /, '') : rest;
    } else value += `\n${line}`;
    const read = unquote(value.trim());
    if (read === undefined) continue;
    found.set(name, [...(found.get(name) ?? []), read]);
    name = undefined;
  }
  if (name !== undefined) throw new Error('unexpected EOF');
  return found;
}

describe('a Modelfile', () => {
  it.each<[string, (size: number) => string]>([
    ['comments before white space', (size) => `FROM a\n${'#\n'.repeat(size)}${' '.repeat(50 * size)}`],
    ['many values of one parameter', (size) => `FROM a\n${'PARAMETER stop a\n'.repeat(size)}`],
    ['blank lines', (size) => `FROM a\n${' \n'.repeat(10 * size)}`],
    ['quotes that are open for long', (size) => `FROM a\nSYSTEM """\n${'x "" \n \n'.repeat(size)}"""`],
  ])('is read in linear time: %s', (_name, textOf) => {
    expect((size: number) => parseModelfile(textOf(size))).toTakeLinearTime(5000);
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

  it.each([
    ['FROM m\nSYSTEM "One\nTwo"', 'One\nTwo'],
    ['FROM m\nSYSTEM """a """b""" c"""', 'a """b""" c'],
    ['FROM m\nSYSTEM "a "b" c"', 'a "b" c'],
    ['FROM m\nSYSTEM """\nx = """y""" + 1\n"""  \nPARAMETER seed 1', '\nx = """y""" + 1\n'],
    ['FROM m\nSYSTEM ""', ''],
  ])('ends a quoted value at a line that ends with its quotes: %j', (text, system) => {
    expect(parseModelfile(text).system).toBe(system);
  });

  it.each([
    [
      '# exact: {"system":"a","messages":[{"role":"tool","content":"b"}]}',
      { system: 'a', messages: [{ role: 'tool' }] },
    ],
    ['# exact: {"system":1,"license":"x","messages":"y","from":null}', { system: 's' }],
    ['# exact: no JSON', { system: 's' }],
    ['#exact: {"system":"a"}', { system: 's' }],
  ])('takes what has the right form from %j', (comment, expected) => {
    expect(parseModelfile(`FROM m\n${comment}\nSYSTEM s`)).toMatchObject(expected);
  });

  const NAMES = { name: 'mine:latest', parent: 'm', modifiedAt: '', digest: '' };
  const text = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 6 }),
        fc.constantFrom('"', '"""', '"""\n', '\n', '\r', '\r\n', ' ', '#', 'SYSTEM ', "'", '{{ .Prompt }}'),
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => (each === 0 ? 0 : each));
  const call = fc.record({
    function: fc.record({ name: text, arguments: fc.record({ a: text, b: number }) }),
  });
  const message = fc.record(
    {
      role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
      content: text,
      thinking: text.map((each) => `t${each}`),
      tool_calls: fc.array(call, { minLength: 1 }),
      tool_name: text.map((each) => `t${each}`),
    },
    { requiredKeys: ['role', 'content'] },
  );
  const anyModel = fc.record({
    base: text.map((each) => `m${each}`),
    system: text,
    template: text,
    parameters: fc.record(
      {
        temperature: number,
        num_ctx: fc.nat(),
        use_mmap: fc.boolean(),
        stop: fc.array(text),
        unknown: fc.oneof(number, text, fc.array(fc.nat())),
      },
      { requiredKeys: [] },
    ),
    messages: fc.array(message, { maxLength: 3 }),
    licenses: fc.array(text, { maxLength: 3 }),
    capabilities: fc.constantFrom(undefined, ['completion', 'tools'] as const),
  });

  it('is read as it was rendered, whatever the model', () => {
    fc.assert(
      fc.property(anyModel, (made) => {
        const { base: from, licenses: license, capabilities, ...rest } = made;
        expect(parseModelfile(renderModelfile({ ...NAMES, ...made }))).toEqual({
          ...EMPTY,
          from,
          license,
          ...rest,
          ...(capabilities && { capabilities }),
        });
      }),
    );
  });

  it('can be read by the command line of Ollama, which knows no comments', () => {
    fc.assert(
      fc.property(anyModel, (made) => {
        const read = readAsOllama(renderModelfile({ ...NAMES, ...made }));
        const expected = made.system.replaceAll(/\r\n?/g, '\n');
        if (made.system === '') expect(read.get('system')).toBeUndefined();
        else if (!/"""\s*?[\r\n]/.test(made.system)) expect(read.get('system')?.[0]).toBe(expected);
        expect(read.get('license') ?? []).toHaveLength(made.licenses.length);
        expect(read.get('message') ?? []).toHaveLength(made.messages.filter(({ role }) => role !== 'tool').length);
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
