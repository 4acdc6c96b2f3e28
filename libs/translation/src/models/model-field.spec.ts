import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findModelField, withModel } from './model-field.js';

describe('the model in a body that is passed on', () => {
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
