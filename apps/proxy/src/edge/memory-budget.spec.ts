import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bodyBudgetBytes, MemoryBudget } from './memory-budget.js';

const MB = 1024 * 1024;

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

describe('the budget of each worker', () => {
  const manifest = readFileSync('deploy/kubernetes/base/deployment.yaml', 'utf8');
  const total = Number(/limits:(?:\n\s+#.*)*\n\s+memory: (\d+)Mi/.exec(manifest)?.[1]) * MB;
  const heap = (total * Number(/--max-old-space-size-percentage=(\d+)/.exec(manifest)?.[1])) / 100;

  it.each([1, 2])('fits the shipped memory limit with %i workers, and holds the largest body', (workers) => {
    const budget = bodyBudgetBytes(workers, { total, heap });
    const idle = workers * 105 * MB + (workers > 1 ? 51 * MB : 0);
    expect(idle + workers * budget * 6).toBeLessThanOrEqual(total);
    expect(budget).toBeGreaterThan(10 * MB);
  });

  it('is bounded by the heap of a process, and never so small that ordinary requests are refused', () => {
    expect(bodyBudgetBytes(1, { total: 64_000 * MB, heap: 600 * MB })).toBe(100 * MB);
    expect(bodyBudgetBytes(32, { total: 64_000 * MB, heap: 600 * MB })).toBe(100 * MB);
    expect(bodyBudgetBytes(8, { total, heap })).toBe(2 * MB);
  });

  it('follows the memory of this process by default', () => {
    expect(bodyBudgetBytes(1)).toBeGreaterThan(10 * MB);
    expect(bodyBudgetBytes(1)).toBeLessThan(10_000 * MB);
  });
});
