import { describe, expect, it } from 'vitest';
import type { Target } from '#models';
import { orderTargets } from './order-targets.js';

const target = (name: string, priority: number, weight: number, acceptsCalls = true) =>
  ({
    connection: { name, settings: { priority, weight }, gate: { acceptsCalls } },
    model: 'm',
    entry: undefined,
  }) as unknown as Target;
const names = (targets: readonly Target[]) => targets.map(({ connection }) => connection.name).join('');

describe('the order of targets', () => {
  it('is by priority', () => {
    expect(names(orderTargets([target('b', 2, 9), target('a', 1, 1)], Math.random))).toBe('ab');
  });

  it('puts targets with an open circuit last', () => {
    expect(names(orderTargets([target('a', 0, 9, false), target('b', 1, 1)], Math.random))).toBe('ba');
  });

  it('follows the weights within one priority', () => {
    const rounds = 4000;
    let first = 0;
    for (let round = 0; round < rounds; round += 1) {
      if (names(orderTargets([target('a', 0, 3), target('b', 0, 1)], Math.random)).startsWith('a')) first += 1;
    }
    expect(first / rounds).toBeGreaterThan(0.7);
    expect(first / rounds).toBeLessThan(0.8);
  });

  it('puts a weight of 0 last', () => {
    expect(names(orderTargets([target('a', 0, 0), target('b', 0, 1)], () => 0.99))).toBe('ba');
  });
});
