import type { Request, Response } from 'express';
import { describe, expect, it, vi } from 'vitest';
import { OverloadedError } from '#errors';
import { PublicPaths } from '../auth/public-paths.js';
import { LagMeter, refuseOverload } from './overload.middleware.js';

const paths = new PublicPaths({
  metrics: { enabled: true, path: '/v1/metrics' },
  access: { exemptPaths: [] },
});

/** A meter whose looks come late by as much as is told. */
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
    const ask = (path: string) => {
      const next = vi.fn<(failure?: unknown) => void>();
      const request = { path, complete: true, unpipe: () => undefined, resume: () => undefined };
      refuseOverload(meter, paths)(request as unknown as Request, {} as Response, next);
      return next.mock.calls[0]?.[0];
    };
    expect(ask('/api/chat')).toBeUndefined();
    for (let looks = 0; looks < 5; looks += 1) sample(60_000);
    expect(ask('/api/chat')).toBeInstanceOf(OverloadedError);
    expect(ask('/v1/models')).toMatchObject({
      status: 503,
      retryAfter: '1',
      message: 'server busy, please try again.  maximum pending requests exceeded',
    });
    for (const path of ['/health', '/readyz', '/metrics', '/v1/metrics', '/v1/metrics/summary'])
      expect(ask(path)).toBeUndefined();
  });
});

describe('open paths', () => {
  it.each([
    '/',
    '/api/version',
    '/api/version/',
    '/health',
    '/ready',
    '/docs',
    '/docs/init.js',
    '/openapi.json',
    '/ui/page.js',
  ])('need no key: %s', (path) => {
    expect(paths.needsNoKey(path)).toBe(true);
  });

  it.each([
    '/api/tags',
    '/api/chat',
    '/healthy',
    '/v1/version',
    '/docsx',
    '/API/version',
    '/v1/metricsx',
    '/ui',
    '/v1/files',
  ])('are no others: %s', (path) => {
    expect(paths.needsNoKey(path)).toBe(false);
  });
});
