import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runAtOnce } from '#primitives';
import * as steps from './top-level-fields.js';

const { withModel } = steps;
const findModelField = (text: string): steps.ModelField | undefined => runAtOnce(steps.findModelField(text));

describe('the model in a body', () => {
  it.each([
    ['{"model":"a"}', 'a'],
    ['{ "messages":[{"model":"x"}], "model" : "a/b:c" }', 'a/b:c'],
    [String.raw`{"t":"\"model\":\"x\"","model":"a\"b"}`, 'a"b'],
    ['{"model":"first","model":"last"}', 'last'],
    ['{"metadata":{"model":"x"}}', undefined],
    ['{"model":5}', undefined],
    ['', undefined],
    ['{"model":"open', undefined],
  ])('of %s is %s', (text, name) => {
    expect(findModelField(text)?.name).toBe(name);
  });

  it('is found wherever it stands, and changing it changes nothing else', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.string(), (rest, name, other) => {
        const body = { ...rest, model: name };
        const text = JSON.stringify(body);
        const field = findModelField(text)!;
        expect(field.name).toBe(name);
        expect(JSON.parse(withModel(text, field, other))).toEqual(
          JSON.parse(JSON.stringify({ ...body, model: other })),
        );
      }),
    );
  });
});

describe('hostile bodies', () => {
  const SIZE = 1_000_000;

  it.each([
    ['lists', '['],
    ['objects', '{"a":'],
    ['ends', ']}'],
    ['models without end', '"model"'],
    ['models again and again', '{"model":"a","model":"b",'],
    ['one long text', 'a'],
    ['backslashes', '\\'],
    ['escaped quotes', String.raw`\"`],
    ['spaces after a key', '"model"    '],
    ['colons', ':'],
  ])('of %s are read in linear time, without the stack', (_name, piece) => {
    const find = (size: number): void => {
      const texts = ['{"model":"' + piece.repeat(size / piece.length), '{' + piece.repeat(size / piece.length)];
      for (const text of texts) findModelField(text);
    };
    expect(find).toTakeLinearTime(SIZE / 4);
  });
});
