import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadRequestError } from '#errors';
import { SCANNED_LENGTH } from '#json-bytes';
import { parseGoJson, readGoJson } from './go-json.js';

describe('Go JSON', () => {
  it.each([
    ['{"a":1} garbage', { a: 1 }],
    ['{"a":1}{"a":2}', { a: 1 }],
    ['{"a":1}\n{"a":2}\n', { a: 1 }],
    [' \t\r\n {"a":[1,{"b":null}]}}', { a: [1, { b: null }] }],
    ['[] []', []],
    ['"text" "more"', 'text'],
    ['true false', true],
    ['null,', null],
    ['-12.5e+3 x', -12_500],
    [String.raw`{"a":"\"}\\ü\u00fc"} x`, { a: '"}\\üü' }],
    [`{"a":${'9'.repeat(500)}} x`, { a: Number('9'.repeat(500)) }],
  ])('takes the first value of %j', (text, value) => {
    expect(parseGoJson(text)).toEqual(value);
  });

  it.each([
    [String.raw`"cut \ud83d"`, 'cut \uFFFD'],
    [String.raw`"\uDE00 cut"`, '\uFFFD cut'],
    [String.raw`"\ud83d\ud83d\ude00"`, '\uFFFD😀'],
    [String.raw`"\ude00\ud83d"`, '\uFFFD\uFFFD'],
    [String.raw`{"\ud83d":"\ud83dx"} x`, { '\uFFFD': '\uFFFDx' }],
    [String.raw`"\ud83d\n"`, '\uFFFD\n'],
    [String.raw`"\uD83D\uDE00"`, '😀'],
    [String.raw`"\\ud83d"`, String.raw`\ud83d`],
    [String.raw`"\\\ud83d"`, '\\\uFFFD'],
  ])('reads the surrogates of %s as Go does', (text, value) => {
    expect(parseGoJson(text)).toEqual(value);
  });

  it('reads the surrogates of a long text wherever its slices end', () => {
    for (let lead = SCANNED_LENGTH - 8; lead <= SCANNED_LENGTH + 1; lead += 1) {
      const text = 'x'.repeat(lead);
      expect(parseGoJson(String.raw`"${text}\ud83d"`)).toBe(`${text}\uFFFD`);
    }
  });

  it('lets the last of two equal keys win', () => {
    expect(parseGoJson('{"model":"a","model":"b"} x')).toEqual({ model: 'b' });
  });

  it('takes "__proto__" as a key like any other', () => {
    const value = parseGoJson('{"__proto__":{"polluted":true}} x');

    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['', 'missing request body'],
    [' \n\t ', 'missing request body'],
    ['{', 'unexpected EOF'],
    ['{"model":"x"', 'unexpected EOF'],
    ['{"model":"x', 'unexpected EOF'],
    [String.raw`{"model":"x\u00`, 'unexpected EOF'],
    ['{"a":-', 'unexpected EOF'],
    ['{"a":1.', 'unexpected EOF'],
    ['{"a":1e', 'unexpected EOF'],
    ['[1,', 'unexpected EOF'],
    ['tru', 'unexpected EOF'],
    ['{model:1}', "invalid character 'm' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ["{'a':1}", String.raw`invalid character '\'' looking for beginning of object key string`],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['{"a":01}', "invalid character '1' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['hello', "invalid character 'h' looking for beginning of value"],
    ['model=x', "invalid character 'm' looking for beginning of value"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['{"a":nul}', "invalid character '}' in literal null (expecting 'l')"],
    ['{"a":-x}', "invalid character 'x' in numeric literal"],
    ['{"a":1.x}', "invalid character 'x' after decimal point in numeric literal"],
    ['{"a":1ex}', "invalid character 'x' in exponent of numeric literal"],
    ['{"a":"b\nc"}', String.raw`invalid character '\n' in string literal`],
    ['{"a":"b\u0001c"}', String.raw`invalid character '\x01' in string literal`],
    [String.raw`{"a":"\q"}`, "invalid character 'q' in string escape code"],
    [String.raw`{"a":"\u00zz"}`, String.raw`invalid character 'z' in \u hexadecimal character escape`],
    ['\uFEFF{"model":"x"}', "invalid character 'ï' looking for beginning of value"],
    ['{"a":é}', "invalid character 'Ã' looking for beginning of value"],
  ])('says of %j: %s', (text, message) => {
    expect(() => parseGoJson(text)).toThrow(new BadRequestError(message));
  });

  it('takes 512 levels, and says of one more that it is too many', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

    expect(JSON.stringify(parseGoJson(nested(512)))).toBe(nested(512));
    const error = new BadRequestError('the JSON is nested too deeply: the limit is 512 levels');
    expect(() => parseGoJson(nested(513))).toThrow(error);
    expect(() => parseGoJson(`{"a":${nested(512)}}`)).toThrow(error);
    expect(() => parseGoJson(`${nested(513)} garbage`)).toThrow(error);
  });

  it.each(['[', '{"a":', '[{"a":'])('refuses %j without end instead of running out of stack', (nest) => {
    expect(() => parseGoJson(nest.repeat(50_000))).toThrow(BadRequestError);
  });

  it('never fails with anything but a complaint about the request', () => {
    const token = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '-', '.', 'e', '0', '1', 'true', ' ');
    const nearlyJson = fc.tuple(fc.json(), fc.nat(), fc.string()).map(([json, at, text]) => {
      const cut = at % (json.length + 1);
      return json.slice(0, cut) + text + json.slice(cut + 1);
    });
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: token, maxLength: 30 }),
      fc.array(fc.oneof(token, fc.string()), { maxLength: 12 }).map((parts) => parts.join('')),
      nearlyJson,
    );

    fc.assert(
      fc.property(anything, (text) => {
        try {
          parseGoJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BadRequestError);
          expect((error as Error).message).not.toBe('invalid JSON');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes valid JSON for what it is, whatever follows', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, rest) => {
        expect(parseGoJson(`[${json}]${rest}`)).toEqual([JSON.parse(json)]);
      }),
    );
  });

  it('says of a truncated object that it ended too early', () => {
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    const truncated = fc
      .tuple(fc.dictionary(fc.string(), fc.oneof(number, fc.jsonValue())), fc.nat())
      .map(([value, at]) => {
        const json = JSON.stringify(value, undefined, at % 3);
        return json.slice(0, 1 + (at % (json.length - 1)));
      });

    fc.assert(
      fc.property(truncated, (text) => {
        expect(() => parseGoJson(text)).toThrow(new BadRequestError('unexpected EOF'));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a long body', () => {
  const texts = Array.from({ length: 2000 }, (_, at) => `"${String(at)} \\ud83d \\ud83d\\ude00 ${'x'.repeat(200)}"`);
  const list = `[${texts.join(', ')}]`;

  it('is parsed in steps, with the same result', () => {
    const steps = readGoJson(list);
    let count = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) count += 1;

    // It is scanned twice, in pieces of 64 KB.
    expect(count).toBeGreaterThan((2 * list.length) / (64 * 1024) - 1);
    expect(step.value).toEqual(texts.map((text) => Buffer.from(JSON.parse(text) as string).toString()));
  });
});

describe('a body of very many values', () => {
  const SIZE = 10 * 1024 * 1024;
  const list = (item: string): string => `{"a":[${`${item},`.repeat(SIZE / (item.length + 1))}${item}]}`;

  it.each([
    ['objects', list('{}')],
    ['lists', list('[]')],
    ['empty texts', list('""')],
    ['objects with a key', list('{"a":1}')],
    ['numbers', list('0')],
    ['numbers, not closed', `[${'0,'.repeat(SIZE / 2)}`],
    ['brackets', '['.repeat(SIZE)],
    ['keys', `{${'"k":1,'.repeat(SIZE / 6)}"k":1}`],
  ])('is refused before it is parsed: %s', (_name, text) => {
    const begun = performance.now();

    expect(() => parseGoJson(text)).toThrow(/too many values|nested too deeply/);
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  it.each([
    ['spaces and a wrong end', (size: number) => `${' '.repeat(size)}x`],
    ['a long text that is not closed', (size: number) => `{"a":"${'x'.repeat(size)}`],
    ['a long text with a line break', (size: number) => `{"a":"${'x'.repeat(size)}\n"}`],
    [
      'a long text of escapes with a wrong end',
      (size: number) => `{"a":"${String.raw`\n\u00e4\"`.repeat(size / 10)}"!`,
    ],
    ['a long text of cut pairs with a wrong end', (size: number) => `{"a":"${String.raw`\ud83d`.repeat(size / 6)}"!`],
    ['a long number with a wrong end', (size: number) => `[${'1'.repeat(size)}x`],
  ])('is scanned in linear time: %s', (_name, make) => {
    expect((size: number) => {
      expect(() => parseGoJson(make(size))).toThrow(BadRequestError);
    }).toTakeLinearTime(SIZE / 16);
  });
});
