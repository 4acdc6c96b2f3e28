import { describe, expect, it } from 'vitest';
import { MemoryBudget } from './memory-budget.js';

describe('the memory budget', () => {
  it('has room for what was released', () => {
    const budget = new MemoryBudget(100);
    expect(budget.take(60, 0)).toBe(true);
    expect(budget.take(60, 0)).toBe(false);
    budget.release(60);
    expect(budget.take(60, 0)).toBe(true);
  });

  it('accepts a single body of any size', () => {
    const budget = new MemoryBudget(100);
    expect(budget.take(90, 0)).toBe(true);
    expect(budget.take(90, 90)).toBe(true);
    expect(budget.take(1, 0)).toBe(false);
  });
});
