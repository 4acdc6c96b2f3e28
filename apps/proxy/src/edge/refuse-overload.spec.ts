import { describe, expect, it } from 'vitest';
import { OverloadedError } from '#errors';
import { RouteTable } from '../routes/route-table.js';
import { LagMeter, refuseOverload } from './refuse-overload.js';

/** A meter whose samples are late by the given time. */
function meterOf(limitMs: number) {
  let now = 0;
  const meter = new LagMeter(limitMs, () => now);
  return {
    meter,
    sample: (lagMs: number): void => {
      now += 500 + lagMs;
      meter.sample();
    },
  };
}

const routeInfo = new RouteTable([]).none;

describe('the lag of the process', () => {
  it('refuses when it lasts, and no more when it is over', () => {
    const { meter, sample } = meterOf(100);
    for (let looks = 0; looks < 20; looks += 1) sample(99);
    expect(meter.isOverloaded).toBe(false);
    for (let looks = 0; looks < 20; looks += 1) sample(150);
    expect(meter.isOverloaded).toBe(true);
    for (let looks = 0; looks < 2; looks += 1) sample(0);
    expect(meter.isOverloaded).toBe(false);
  });

  it('may be long once', () => {
    const { meter, sample } = meterOf(100);
    sample(60_000);
    expect(meter.isOverloaded).toBe(false);
    sample(60_000);
    expect(meter.isOverloaded).toBe(true);
  });

  it('turns away requests of the APIs with 503 in the words of Ollama, and no probe', () => {
    const { meter, sample } = meterOf(100);
    const ask = (isOperational: boolean) => refuseOverload(meter)({ routeInfo: { ...routeInfo, isOperational } });
    expect(ask(false)).toBe(true);
    for (let looks = 0; looks < 5; looks += 1) sample(60_000);
    expect(() => ask(false)).toThrow(OverloadedError);
    expect(() => ask(false)).toThrow(
      expect.objectContaining({
        status: 503,
        retryAfter: '1',
        message: 'server busy, please try again.  maximum pending requests exceeded',
      }),
    );
    expect(ask(true)).toBe(true);
  });
});
