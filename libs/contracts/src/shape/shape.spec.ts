import { describe, expect, it } from 'vitest';
import { BadRequestError } from '#errors';
import type { TypeOf } from './shape.js';
import { BOOLEAN, listOf, OBJECT, STRING, INTEGER, oneOf } from './kind.js';
import { optional, readBody, required, shape, unread } from './shape.js';

const Inner = shape('Inner', 'An inner object.', {
  name: optional.text('A name.'),
  list: optional.of(listOf(INTEGER), 'Numbers.'),
});

const Request = shape('Request', 'A request.', {
  model: optional.text('A model.'),
  stream: optional.flag('Whether to stream.'),
  count: optional.integer('A count.'),
  format: optional.of(
    oneOf(
      [],
      (value) => value,
      () => undefined,
    ),
    'Anything.',
  ),
  options: optional.object('Options.'),
  images: optional.of(listOf(STRING), 'Images.'),
  inner: optional.of(Inner, 'An inner object.'),
});

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

  it.each(Object.keys(Request.fields))('takes null for the absence of "%s"', (key) => {
    expect(read({ [key]: null })).toEqual({});
  });

  it('takes null in a list of structs for an empty one', () => {
    const { read: readAll } = listOf(Inner);

    expect(readAll([null, { name: 'x' }], 'Request.inner')).toEqual([{}, { name: 'x' }]);
  });

  it('takes an empty list for absence only in a field for lists', () => {
    expect(read({ images: [], format: [] })).toEqual({ format: [] });
  });

  it.each([null, undefined])('takes %j for an empty body', (body) => {
    expect(readBody(Request, body)).toEqual({});
  });

  it.each([
    [[], 'array'],
    ['x', 'string'],
    [1, 'number'],
    [true, 'bool'],
  ])('refuses the body %j', (body, kind) => {
    const message = `json: cannot unmarshal ${kind} into Go value of type api.Request`;

    expect(() => readBody(Request, body)).toThrow(new BadRequestError(message));
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
  ])('names the kind, the field and the type for %j', (body, kind, path, goType) => {
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

  it('takes any value in a field of any kind', () => {
    expect(read({ format: { type: 'object' } })).toEqual({ format: { type: 'object' } });
    expect(read({ format: false })).toEqual({ format: false });
  });

  it('does not change what it was given', () => {
    const body = Object.freeze({ MODEL: 'x', options: Object.freeze({ a: 1 }) });

    expect(readBody(Request, body)).toEqual({ model: 'x', options: { a: 1 } });
  });
});

function read(body: unknown): unknown {
  return readBody(Request, body);
}

describe('absent fields', () => {
  const Zero = shape('Zero', 'Every presence.', {
    text: required.text('Required.'),
    inner: required.of(Inner, 'Required.'),
    flag: optional.flag('With a default.', { default: true }),
    list: optional.of(listOf(BOOLEAN), 'With a default.', { default: [] }),
    options: optional.of(OBJECT, 'With a value that is not documented.', { absent: {} }),
    empty: optional.text('Absent.'),
    ignored: unread(optional.integer('Unread.', { default: 5 })),
  });
  const expected = { text: '', inner: {}, flag: true, list: [], options: {} };

  it.each([{}, { text: null, inner: null, flag: null, list: null, options: null, empty: '' }, { ignored: 'x' }])(
    'are Go’s zero value or their default in %j',
    (body) => {
      expect(readBody(Zero, body)).toEqual(expected);
    },
  );

  it('are not shared between requests', () => {
    readBody(Zero, {}).list.push(true);

    expect(readBody(Zero, {})).toEqual(expected);
  });

  it('are those whose last value is empty', () => {
    expect(readBody(Zero, { empty: 'x', EMPTY: '' })).toEqual(expected);
  });
});

describe('a shape', () => {
  it('gives type, reader and schema of a field that is added to it', () => {
    // The one edit: `seats`.
    const Table = shape('Table', 'A table.', {
      name: required.text('Its name.'),
      seats: optional.integer('How many fit.', { default: 4, minimum: 1, examples: [6] }),
    });
    const table: TypeOf<typeof Table> = { name: 'round', seats: 6 };

    expect(readBody(Table, { NAME: 'round', Seats: 6 })).toEqual(table);
    expect(readBody(Table, { name: 'round' }).seats).toBe(4);
    expect(() => readBody(Table, { seats: 'six' })).toThrow(
      'json: cannot unmarshal string into Go struct field Table.seats of type int',
    );
    expect(Table.fields.seats).toMatchObject({
      description: 'How many fit.',
      isRequired: false,
      kind: { schema: { type: 'integer' } },
      more: { default: 4, minimum: 1, examples: [6] },
    });
  });
});
