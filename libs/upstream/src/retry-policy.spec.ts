import { describe, expect, it } from 'vitest';
import { CircuitOpenError, OverloadedError, UpstreamError } from '#errors';
import { mayFailOver, moreInformative, retryDelay } from './retry-policy.js';

const failed = (details: Partial<ConstructorParameters<typeof UpstreamError>[1]>) =>
  new UpstreamError('x', { status: 502, ...details });

describe('a failed call', () => {
  it.each([
    [failed({ failureKind: 'connect' }), true],
    [failed({ failureKind: 'reset' }), true],
    [failed({ failureKind: 'first-byte', status: 504 }), true],
    [failed({ failureKind: 'total', status: 504 }), false],
    [failed({ upstreamStatus: 404, status: 404 }), true],
    [failed({ upstreamStatus: 400, status: 400 }), false],
    [failed({ upstreamStatus: 401 }), false],
    [new CircuitOpenError(1), true],
    [new OverloadedError(), true],
    [new Error('ours'), false],
  ])('%# fails over or does not', (failure, expected) => {
    expect(mayFailOver(failure)).toBe(expected);
  });

  it('waits longer each time, and never less than asked', () => {
    expect(retryDelay(failed({ failureKind: 'reset' }), 1, () => 0.5)).toBe(100);
    expect(retryDelay(failed({ failureKind: 'reset' }), 2, () => 0.5)).toBe(200);
    expect(retryDelay(failed({ failureKind: 'reset' }), 9, () => 0.5)).toBe(500);
    expect(retryDelay(failed({ upstreamStatus: 429, retryAfterMs: 1500 }), 1, () => 0.5)).toBe(1500);
    expect(retryDelay(failed({ upstreamStatus: 429, retryAfterMs: 2500 }), 1, () => 0.5)).toBeUndefined();
    expect(retryDelay(failed({ failureKind: 'first-byte', status: 504 }), 1, () => 0.5)).toBeUndefined();
  });

  it('is reported rather than an open circuit', () => {
    const answered = failed({ upstreamStatus: 500, status: 500 });
    const open = new CircuitOpenError(1);
    expect(moreInformative(answered, open)).toBe(answered);
    expect(moreInformative(undefined, open)).toBe(open);
    expect(moreInformative(open, answered)).toBe(answered);
  });
});
