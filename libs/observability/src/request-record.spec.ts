import { describe, expect, it } from 'vitest';
import type { CallUsage } from './request-record.js';
import { RequestRecord } from './request-record.js';

const PRICE = { input: 2.5, output: 10, cached: 1.25 };

function costOf(usage: CallUsage | undefined, price: RequestRecord['price'] = PRICE): number | undefined {
  return Object.assign(new RequestRecord('id', 0), { usage, price }).cost;
}

describe('the cost of a call', () => {
  it.each([
    [{ input: 1_000_000, output: 0 }, 2.5],
    [{ input: 1000, output: 200 }, 0.0045],
    [{ input: 1000, output: 200, cached: 600, reasoning: 100 }, 0.00375],
    [{ input: 1, output: 0, cached: 5 }, 0.00000125],
    [{ input: 0, output: 0 }, 0],
    [{ input: 3, output: 7 }, 0.0000775],
  ])('%j: %d', (usage, cost) => {
    expect(costOf(usage)).toBe(cost);
  });

  it('is unknown without a price or token counts', () => {
    expect(costOf(undefined)).toBeUndefined();
    expect(Object.assign(new RequestRecord('id', 0), { usage: { input: 1, output: 1 } }).cost).toBeUndefined();
  });
});
