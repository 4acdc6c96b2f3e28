import { describe, expect, it } from 'vitest';
import { readRetryAfter } from './retry-after.js';

const NOW = Date.parse('Sun, 29 Nov 2026 03:00:00 GMT');
const DAY_MS = 86_400_000;

describe('Retry-After of an upstream', () => {
  it.each([
    ['5', { header: '5', waitMs: 5000 }],
    ['0', { header: '0', waitMs: 0 }],
    [' 7 ', { header: '7', waitMs: 7000 }],
    ['1.2', { header: '2', waitMs: 1200 }],
    ['99999999999999999999', { header: '86400', waitMs: DAY_MS }],
    ['Sun, 29 Nov 2026 03:00:10 GMT', { header: 'Sun, 29 Nov 2026 03:00:10 GMT', waitMs: 10_000 }],
    ['Sun, 29 Nov 2026 02:59:00 GMT', { header: 'Sun, 29 Nov 2026 02:59:00 GMT', waitMs: 0 }],
    ['Sun, 29 Nov 2099 03:00:00 GMT', { header: '86400', waitMs: DAY_MS }],
  ])('%j is passed on as a valid one', (value, expected) => {
    expect(readRetryAfter({ 'retry-after': value }, NOW)).toEqual(expected);
  });

  it.each(['-5', '+5', '1e3', '0x10', '5s', 'in a while', '“soon”', 'NaN', 'Infinity', '', '2026-11-29', '1, 2'])(
    '%j is ignored',
    (value) => {
      expect(readRetryAfter({ 'retry-after': value }, NOW)).toEqual({});
    },
  );

  it('is ignored when it comes twice', () => {
    expect(readRetryAfter({ 'retry-after': ['1', '2'] }, NOW)).toEqual({});
  });

  it.each([
    ['250', { header: '3', waitMs: 250 }],
    ['-1', { header: '3', waitMs: 3000 }],
    ['soon', { header: '3', waitMs: 3000 }],
  ])('a wait of %j milliseconds', (exact, expected) => {
    expect(readRetryAfter({ 'retry-after': '3', 'retry-after-ms': exact }, NOW)).toEqual(expected);
  });
});
