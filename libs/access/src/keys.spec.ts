import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ApiKey } from '#config';
import { FailedAttempts } from './failed-attempts.js';
import { findKey } from './keys.js';

const NOW = Date.UTC(2026, 10, 1);

function key(name: string, secret: string, expiresAt?: number): ApiKey {
  const digest = createHash('sha256').update(secret).digest();
  return {
    name,
    digest,
    expiresAt,
    models: undefined,
    requestsPerMinute: undefined,
    tokensPerMinute: undefined,
    mayManage: false,
  };
}

describe('a key', () => {
  const prefix = 'p'.repeat(40);
  const keys = [
    key('one', `${prefix}1`),
    key('two', `${prefix}2`),
    key('old', 'expired-key', NOW),
    key('new', 'new-key', NOW + 1),
  ];

  it.each([
    [[], 'missing'],
    [[`${prefix}3`], 'unknown'],
    [[prefix], 'unknown'],
    [[`${prefix}1`, `${prefix}2`], 'conflict'],
    [['expired-key'], 'expired'],
  ])('is refused: %j', (presented, reason) => {
    expect(findKey(keys, presented, NOW)).toBe(reason);
  });

  it.each([
    [[`${prefix}1`], 'one'],
    [[`${prefix}2`, `${prefix}2`], 'two'],
    [['new-key'], 'new'],
  ])('is found as a whole, whatever begins like it: %j', (presented, name) => {
    expect(findKey(keys, presented, NOW)).toMatchObject({ name });
  });
});

describe('failed attempts', () => {
  it('of one address block that address alone, for the rest of a minute', () => {
    const attempts = new FailedAttempts();
    for (let count = 0; count < 19; count += 1) attempts.count('a', 1000);
    expect(attempts.lockedForMs('a', 1000)).toBe(0);
    attempts.count('a', 2000);
    expect(attempts.lockedForMs('a', 2000)).toBe(59_000);
    expect(attempts.lockedForMs('b', 2000)).toBe(0);
    expect(attempts.lockedForMs('a', 61_000)).toBe(0);
    attempts.count('a', 61_000);
    expect(attempts.lockedForMs('a', 61_000)).toBe(0);
  });

  it('of countless addresses do not fill the memory', () => {
    const attempts = new FailedAttempts();
    for (let count = 0; count < 20; count += 1) attempts.count('first', 0);
    for (let address = 0; address < 10_000; address += 1) attempts.count(String(address), 0);
    expect(attempts.lockedForMs('first', 0)).toBe(0);
  });
});
