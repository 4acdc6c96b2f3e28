import { describe, expect, it } from 'vitest';
import { BoundedMap, isRecord, parseJson, toCount, toDurationMs } from './index.js';

describe('a bounded map', () => {
  it('evicts the entry that was set longest ago', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
    expect([...map]).toEqual([
      ['a', 3],
      ['c', 4],
    ]);
  });

  it('evicts nothing for a key that it has', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('b', 3);
    expect([...map.keys()]).toEqual(['a', 'b']);
  });
});

describe('JSON', () => {
  it('is parsed, or undefined', () => {
    expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
    expect(parseJson('null')).toBeNull();
    expect(parseJson('{')).toBeUndefined();
    expect(parseJson('')).toBeUndefined();
  });

  it.each([
    [{}, true],
    [Object.create(null), true],
    [[], false],
    [null, false],
    ['', false],
    [undefined, false],
  ])('%j is a record: %s', (value, expected) => {
    expect(isRecord(value)).toBe(expected);
  });
});

const NOT_NUMBERS: readonly unknown[] = [undefined, null, '12', '', true, {}, [], [12], { valueOf: 12 }];
const ODD_NUMBERS = [Number.NaN, Infinity, -Infinity, -1, -0.5, 0, -0, 1e300, 1e10];

describe('a count from an upstream', () => {
  it.each([
    [12, 12],
    [12.5, 13],
    [0.2, 0],
    [1e9, 1e9],
  ])('%d is %i', (value, count) => {
    expect(toCount(value)).toBe(count);
  });

  it.each([...NOT_NUMBERS, ...ODD_NUMBERS])('%j is 0', (value) => {
    expect(toCount(value)).toBe(0);
  });
});

describe('a duration from an upstream', () => {
  it('is in milliseconds', () => {
    expect(toDurationMs(12.5, 1)).toBe(12.5);
    expect(toDurationMs(0.25, 1000)).toBe(250);
  });

  it.each([...NOT_NUMBERS, ...ODD_NUMBERS])('%j is absent', (value) => {
    expect(toDurationMs(value, 1)).toBeUndefined();
  });
});
