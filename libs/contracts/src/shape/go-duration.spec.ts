import { describe, expect, it } from 'vitest';
import { BadRequestError } from '#errors';
import { parseGoDuration, readKeepAlive } from './go-duration.js';

describe('Go duration', () => {
  it.each([
    ['5m', 300],
    ['1h30m', 5400],
    ['300ms', 0.3],
    ['1.5h', 5400],
    ['.5s', 0.5],
    ['5.s', 5],
    ['10s', 10],
    ['+10s', 10],
    ['-1s', -1],
    ['-1.5h', -5400],
    ['0', 0],
    ['-0', 0],
    ['+0', 0],
    ['0s', 0],
    ['2h3m4.5s', 7384.5],
    ['1us', 1e-6],
    ['1µs', 1e-6],
    ['1μs', 1e-6],
    ['1ns', 1e-9],
    ['24h', 86_400],
  ])('reads %s', (text, seconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(seconds, 12);
  });

  it.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['.', 'time: invalid duration "."'],
    ['.s', 'time: invalid duration ".s"'],
    ['m', 'time: invalid duration "m"'],
    ['five', 'time: invalid duration "five"'],
    [' 5m', 'time: invalid duration " 5m"'],
    ['--5m', 'time: invalid duration "--5m"'],
    ['10', 'time: missing unit in duration "10"'],
    ['-1', 'time: missing unit in duration "-1"'],
    ['00', 'time: missing unit in duration "00"'],
    ['5m30', 'time: missing unit in duration "5m30"'],
    ['1.2.3s', 'time: missing unit in duration "1.2.3s"'],
    ['5 minutes', 'time: unknown unit " minutes" in duration "5 minutes"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['5M', 'time: unknown unit "M" in duration "5M"'],
    ['1h-5m', 'time: unknown unit "h-" in duration "1h-5m"'],
    ['5m ', 'time: unknown unit "m " in duration "5m "'],
    ['1__proto__', 'time: unknown unit "__proto__" in duration "1__proto__"'],
    ['1constructor', 'time: unknown unit "constructor" in duration "1constructor"'],
  ])('says of %j: %s', (text, message) => {
    expect(() => parseGoDuration(text)).toThrow(new BadRequestError(message));
  });
});

describe('keep_alive', () => {
  it.each([
    [300, 300],
    [0.5, 0.5],
    [0, 0],
    ['0', 0],
    ['0s', 0],
    ['5m', 300],
    [-1, Infinity],
    [-0.1, Infinity],
    ['-1s', Infinity],
  ])('takes %j for %d seconds', (value, seconds) => {
    expect(readKeepAlive(value)).toBe(seconds);
  });

  it.each([
    [true, "Unsupported type: 'bool'"],
    [{}, "Unsupported type: 'map[string]interface {}'"],
    [[], "Unsupported type: '[]interface {}'"],
    ['10', 'time: missing unit in duration "10"'],
    ['', 'time: invalid duration ""'],
  ])('says of %j: %s', (value, message) => {
    expect(() => readKeepAlive(value)).toThrow(new BadRequestError(message));
  });
});
