import { describe, expect, it } from 'vitest';
import {
  BadRequestError,
  CircuitOpenError,
  ClientClosedError,
  ContextLengthError,
  LoopError,
  ModelNotFoundError,
  OverloadedError,
  PreviousResponseError,
  ProxyException,
  RateLimitError,
  ShutdownError,
  TranslationError,
  UnauthorizedError,
  UnsupportedError,
  UpstreamError,
} from './index.js';

describe('failures', () => {
  it.each([
    [new BadRequestError('no'), 400, undefined],
    [new BadRequestError('no', 413), 413, undefined],
    [new UnsupportedError('no'), 400, undefined],
    [new UnsupportedError('no', 404), 404, undefined],
    [new ContextLengthError('no'), 400, undefined],
    [new PreviousResponseError('no'), 400, undefined],
    [new ModelNotFoundError('no'), 404, undefined],
    [new UnauthorizedError(), 401, undefined],
    [new RateLimitError('no', 'tokens', 11_001), 429, '12'],
    [new RateLimitError('no', 'tokens', 0), 429, '1'],
    [new ClientClosedError(), 499, undefined],
    [new OverloadedError(), 503, '1'],
    [new OverloadedError(7), 503, '7'],
    [new CircuitOpenError(10_000), 503, '10'],
    [new CircuitOpenError(1), 503, '1'],
    [new LoopError(), 508, undefined],
    [new ShutdownError(), 503, '1'],
    [new TranslationError('no'), 502, undefined],
    [new TranslationError('no', 500), 500, undefined],
    [new UpstreamError('no', { status: 429, retryAfter: '3' }), 429, '3'],
  ])('%o has the status %i and may be retried after %s', (failure, status, retryAfter) => {
    expect(failure).toBeInstanceOf(ProxyException);
    expect([failure.status, failure.retryAfter]).toEqual([status, retryAfter]);
    expect(failure.name).toBe(failure.constructor.name);
  });

  it('keep their cause, and have none otherwise', () => {
    const cause = new Error('reset');
    expect(new ProxyException('no', 502, { cause }).cause).toBe(cause);
    expect('cause' in new ProxyException('no', 502)).toBe(false);
  });

  it('of an upstream keep what it answered', () => {
    const plain = new UpstreamError('no', { status: 502 });
    expect(plain).toMatchObject({ body: '', isModelNotFound: false, upstreamStatus: undefined });
    const full = { status: 404, upstreamStatus: 404, isModelNotFound: true, body: '{}', retryAfterMs: 5 };
    expect(new UpstreamError('no', full)).toMatchObject(full);
  });
});
