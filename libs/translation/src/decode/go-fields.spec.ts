import { describe, expect, it } from 'vitest';
import { BadRequestError } from '#errors';
import {
  readAnything,
  readBody,
  readBoolean,
  readFields,
  readInteger,
  readList,
  readObject,
  readString,
  readStruct,
} from './go-fields.js';

const fields = {
  model: readString,
  stream: readBoolean,
  count: readInteger,
  format: readAnything,
  options: readObject(),
  images: readList('[]string', readString),
  inner: readStruct('api.Inner', { name: readString, list: readList('[]int', readInteger) }),
};

describe('fields of a Go struct', () => {
  it.each(['model', 'Model', 'MODEL', 'mOdEl'])('takes the key %s', (key) => {
    expect(read({ [key]: 'x' })).toEqual({ model: 'x' });
  });

  it('takes nested keys in any case', () => {
    expect(read({ INNER: { Name: 'x', LIST: [1] } })).toEqual({ inner: { name: 'x', list: [1] } });
  });

  it('leaves the keys of a map as they are', () => {
    expect(read({ OPTIONS: { Top_K: 1, top_k: 2 } })).toEqual({ options: { Top_K: 1, top_k: 2 } });
  });

  it.each([
    [{ model: 'a', MODEL: 'b' }, 'b'],
    [{ MODEL: 'a', model: 'b' }, 'b'],
    [{ model: 'a', MODEL: null }, 'a'],
  ])('lets the last of %j win', (body, model) => {
    expect(read(body)).toEqual({ model });
  });

  it('ignores unknown keys', () => {
    expect(read({ nonsense: 1, model: 'x', mödel: 2 })).toEqual({ model: 'x' });
  });

  it.each(Object.keys(fields))('takes null for the absence of "%s"', (key) => {
    expect(read({ [key]: null })).toEqual({});
  });

  it('takes null in a list of structs for an empty one', () => {
    const readAll = readList('[]api.Inner', fields.inner);

    expect(readAll([null, { name: 'x' }], 'Request.inner')).toEqual([{}, { name: 'x' }]);
  });

  it.each([null, undefined])('takes %j for an empty body', (body) => {
    expect(readBody(body, 'Request', fields)).toEqual({});
  });

  it.each([
    [[], 'array'],
    ['x', 'string'],
    [1, 'number'],
    [true, 'bool'],
  ])('refuses the body %j', (body, kind) => {
    const message = `json: cannot unmarshal ${kind} into Go value of type api.Request`;

    expect(() => readBody(body, 'Request', fields)).toThrow(new BadRequestError(message));
  });

  it.each([
    [{ model: 1 }, 'number', 'Request.model', 'string'],
    [{ MODEL: [] }, 'array', 'Request.model', 'string'],
    [{ stream: 'false' }, 'string', 'Request.stream', 'bool'],
    [{ stream: 1 }, 'number', 'Request.stream', 'bool'],
    [{ count: '1' }, 'string', 'Request.count', 'int'],
    [{ count: true }, 'bool', 'Request.count', 'int'],
    [{ count: 1.5 }, 'number 1.5', 'Request.count', 'int'],
    [{ count: 1e30 }, 'number 1e+30', 'Request.count', 'int'],
    [{ options: [] }, 'array', 'Request.options', 'map[string]interface {}'],
    [{ options: 'x' }, 'string', 'Request.options', 'map[string]interface {}'],
    [{ images: 'x' }, 'string', 'Request.images', '[]string'],
    [{ images: {} }, 'object', 'Request.images', '[]string'],
    [{ images: ['x', 1] }, 'number', 'Request.images', 'string'],
    [{ inner: 'x' }, 'string', 'Request.inner', 'api.Inner'],
    [{ inner: [] }, 'array', 'Request.inner', 'api.Inner'],
    [{ inner: { name: false } }, 'bool', 'Request.inner.name', 'string'],
    [{ inner: { list: ['x'] } }, 'string', 'Request.inner.list', 'int'],
  ])('says of %j what is wrong where', (body, kind, path, goType) => {
    const message = `json: cannot unmarshal ${kind} into Go struct field ${path} of type ${goType}`;

    expect(() => read(body)).toThrow(new BadRequestError(message));
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('ignores the key "%s"', (key) => {
    const body = JSON.parse(`{"${key}": {"model": "evil", "polluted": true}, "model": "x"}`) as unknown;

    const decoded = read(body);

    expect(decoded).toEqual({ model: 'x' });
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('takes whatever stands in a field that may be anything', () => {
    expect(read({ format: { type: 'object' } })).toEqual({ format: { type: 'object' } });
    expect(read({ format: false })).toEqual({ format: false });
  });

  it('does not change what it was given', () => {
    const body = Object.freeze({ MODEL: 'x', options: Object.freeze({ a: 1 }) });

    expect(readFields(body, 'Request', fields)).toEqual({ model: 'x', options: { a: 1 } });
  });
});

function read(body: unknown): unknown {
  return readBody(body, 'Request', fields);
}
