import { describe, expect, it } from 'vitest';
import { at, nextPageOf, readModelList } from './raw-list.js';

describe('model list', () => {
  it.each<[string, unknown]>([
    ['"data"', { object: 'list', data: [{ id: 'a' }, { id: 'b' }] }],
    ['a bare array', [{ id: 'a' }, { id: 'b' }]],
    ['"models"', { models: [{ id: 'a' }, { id: 'b' }] }],
    ['"body"', { object: 'list', body: [{ id: 'a' }, { id: 'b' }] }],
    ['"data" before "models"', { models: [{ name: 'x' }], data: [{ id: 'a' }, { id: 'b' }] }],
    ['names instead of ids', { data: [{ name: 'a' }, { name: 'b' }] }],
    ['texts instead of entries', { data: ['a', 'b'] }],
    ['entries twice', { data: [{ id: 'a' }, { id: 'b' }, { id: 'a' }] }],
    ['entries without an id', { data: [{ id: 'a' }, {}, { id: '' }, { id: 5 }, null, 7, [], { id: 'b' }] }],
  ])('is read from %s', (_form, list) => {
    expect(readModelList(list).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it.each([undefined, null, {}, 'x', 5, { data: null }, { data: {} }, [], { data: [] }])('is empty for %j', (list) => {
    expect(readModelList(list)).toEqual([]);
  });

  it('keeps everything that an entry has, and the first of two', () => {
    const entry = { id: 'vendor/m:free', created: 1, architecture: { input_modalities: ['text'] } };

    expect(readModelList({ data: [entry, { id: 'vendor/m:free' }] })).toEqual([entry]);
  });

  it.each([
    [{ links: { next: '/v1/models?page=2' } }, '?page=2'],
    [{ links: { next: 'https://elsewhere.example/models' } }, undefined],
    [{ has_more: true, last_id: 'a/b' }, '?after=a%2Fb'],
    [{ has_more: false, last_id: 'a/b' }, undefined],
    [{ links: { next: null } }, undefined],
    [{ links: { next: '' } }, undefined],
    [{ links: null }, undefined],
    [{}, undefined],
    [[], undefined],
    [null, undefined],
  ])('goes on after %j at %j', (list, next) => {
    expect(nextPageOf(list)).toBe(next);
  });
});

describe('value at a path', () => {
  it.each([
    [{ a: { b: 1 } }, ['a', 'b'], 1],
    [{ a: null }, ['a', 'b'], undefined],
    [{ a: [1] }, ['a', '0'], undefined],
    ['text', ['length'], undefined],
    [{ a: 1 }, [], { a: 1 }],
  ])('of %j at %j is %j', (value, path, expected) => {
    expect(at(value, ...path)).toEqual(expected);
  });
});
