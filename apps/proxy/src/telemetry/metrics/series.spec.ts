import { describe, expect, it } from 'vitest';
import { CounterSeries, HistogramSeries } from './series.js';

const INFO = { name: 'x', help: 'x', labels: ['model'] };
const ODD = [Number.NaN, Infinity, -Infinity, -1, '12', null, undefined, {}, 1n] as unknown as number[];

describe('a series', () => {
  it.each(ODD.map((value) => [value]))('of counts ignores %s', (value) => {
    const series = new CounterSeries(INFO);
    series.add(2, 'm');
    series.add(value, 'm');
    series.add(value, 'other');
    expect([...series]).toEqual([[['m'], 2]]);
  });

  it.each(ODD.map((value) => [value]))('of observations ignores %s', (value) => {
    const series = new HistogramSeries(INFO, [1, 10]);
    series.observe(2, 'm');
    series.observe(value, 'm');
    series.observe(value, 'other');
    expect([...series]).toMatchObject([{ values: ['m'], counts: new Float64Array([0, 1, 0]), sum: 2 }]);
  });

  it('stays finite however large its values are', () => {
    const counts = new CounterSeries(INFO);
    const times = new HistogramSeries(INFO, [1]);
    for (let i = 0; i < 3; i += 1) {
      counts.add(1.7e308, 'm');
      times.observe(1.7e308, 'm');
    }
    expect([...counts][0]?.[1]).toBe(Number.MAX_VALUE);
    expect([...times][0]?.sum).toBe(Number.MAX_VALUE);
  });
});
