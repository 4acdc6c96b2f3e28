import { describe, expect, it } from 'vitest';
import {
  CircuitOpenError,
  ClientClosedError,
  OverloadedError,
  ShutdownError,
  TranslationError,
  UpstreamError,
} from '#errors';
import { RequestRecord } from '#observability';
import { outcomeOf } from './outcome.js';

const upstream = (status: number, failureKind?: 'idle' | 'reset') =>
  new UpstreamError('x', { status, ...(failureKind && { failureKind }) });

describe('the outcome', () => {
  it.each([
    ['ok', undefined, 200, {}],
    ['client_error', undefined, 404, {}],
    ['rate_limited', undefined, 429, {}],
    ['client_abort', new ClientClosedError(), 499, {}],
    ['drained', new ShutdownError(), 200, {}],
    ['overloaded', new OverloadedError(), 503, {}],
    ['overloaded', new CircuitOpenError(1000), 503, {}],
    ['timeout', upstream(502, 'idle'), 200, { firstAt: 1 }],
    ['timeout', upstream(504), 504, {}],
    ['rate_limited', upstream(429), 429, {}],
    ['client_error', upstream(400), 400, {}],
    ['upstream_error', upstream(502, 'reset'), 502, {}],
    ['truncated', upstream(502, 'reset'), 200, { firstAt: 1 }],
    ['truncated', new TranslationError('x'), 200, { firstAt: 1 }],
    ['internal_error', new TypeError('x'), 500, {}],
    ['internal_error', new TypeError('x'), 200, { firstAt: 1 }],
  ] as const)('%s', (outcome, failure, status, times) => {
    const record = Object.assign(new RequestRecord('id', 0), { failure, ...times });
    expect(outcomeOf(record, status, true)).toBe(outcome);
  });

  it('is an abort when the answer did not get through', () => {
    expect(outcomeOf(new RequestRecord('id', 0), 200, false)).toBe('client_abort');
  });
});
