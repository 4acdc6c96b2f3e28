import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { timestamp } from './timestamp.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  '2026-11-27T23:59:59.999Z',
  '2026-11-28T00:00:00.000Z',
  '2026-11-28T00:00:00.007Z',
  '2026-11-28T00:00:00.070Z',
  '2026-11-28T00:00:01.070Z',
  // A clock that is set back.
  '2026-11-27T23:59:59.001Z',
])('formats %s', (time) => {
  vi.setSystemTime(new Date(time));
  expect(timestamp()).toBe(time);
});
