import { describe, expect, it } from 'vitest';
import { BadRequestError, CircuitOpenError, ClientClosedError, UpstreamError } from '#errors';
import { Gate, outcomeOf } from './gate.js';

const make = (concurrency = 0, queue = 10) =>
  new Gate({ limits: { concurrency, queue, queueMs: 5000 }, breakerEnabled: true });
const context = { correlationId: 'x', signal: new AbortController().signal };
const enter = (gate: Gate, times: number) => {
  for (let count = 0; count < times; count += 1) void gate.acquire(context);
};

describe('budget of retries', () => {
  it('allows three at a time when little is going on', () => {
    const gate = make();
    expect([1, 2, 3, 4].map(() => gate.tryBeginRetry())).toEqual([true, true, true, false]);
    gate.endRetry();
    expect(gate.tryBeginRetry()).toBe(true);
    expect(gate.counts.retries).toBe(4);
  });

  it('allows a fifth of the running calls', () => {
    const gate = make();
    enter(gate, 100);
    const granted = Array.from({ length: 50 }, () => gate.tryBeginRetry()).filter(Boolean);
    expect(granted).toHaveLength(20);
  });
});

describe('gate', () => {
  it('rejects at once while the circuit is open, with the time that is left', () => {
    const gate = make();
    gate.breaker.open();
    expect(() => gate.acquire(context)).toThrow(CircuitOpenError);
    expect(() => gate.acquire(context)).toThrow(/retry in 10 s/);
    expect(gate.counts.rejected).toBe(2);
    expect([gate.acceptsCalls, gate.queue.running]).toEqual([false, 0]);
  });

  it('rejects calls that waited when the circuit opened, and frees their places', async () => {
    const gate = make(1);
    enter(gate, 1);
    const waiting = [gate.acquire(context), gate.acquire(context)];
    gate.breaker.open();
    gate.release('regular', 'unreachable', {});
    for (const each of waiting) await expect(each).rejects.toBeInstanceOf(CircuitOpenError);
    expect([gate.queue.running, gate.queue.waiting]).toEqual([0, 0]);
  });

  it('counts how calls ended', () => {
    const gate = make();
    for (const verdict of ['succeeded', 'succeeded', 'failed', 'unreachable', 'neutral'] as const) {
      enter(gate, 1);
      gate.release('regular', verdict, {});
    }
    expect(gate.counts).toMatchObject({ succeeded: 2, failed: 1, unreachable: 1, neutral: 1, rejected: 0 });
    expect(gate.queue.running).toBe(0);
  });
});

describe('outcome of a call', () => {
  const timeout = (failureKind: 'first-byte' | 'idle' | 'total') =>
    new UpstreamError('x', { status: 504, failureKind });
  it.each([
    ['an answer', 200, undefined, 'succeeded'],
    ['a redirection', 302, undefined, 'succeeded'],
    ['a refusal', 400, undefined, 'neutral'],
    ['a limit', 429, undefined, 'neutral'],
    ['a server error', 500, undefined, 'failed'],
    ['a gateway error', 503, undefined, 'failed'],
    ['no connection', undefined, new UpstreamError('x', { status: 502, failureKind: 'connect' }), 'unreachable'],
    ['a lost connection', undefined, new UpstreamError('x', { status: 502, failureKind: 'reset' }), 'failed'],
    ['a stream that broke off', 200, new UpstreamError('x', { status: 502, failureKind: 'reset' }), 'failed'],
    ['silence', undefined, timeout('first-byte'), 'failed'],
    ['a stream that fell silent', 200, timeout('idle'), 'failed'],
    ['a client that left', 200, new ClientClosedError(), 'neutral'],
    ['a mistake of ours', undefined, new BadRequestError('x'), 'neutral'],
  ])('on %s', (_name, status, error, verdict) => {
    expect(outcomeOf(status, error)).toBe(verdict);
  });
});

describe('our own limit for the whole call', () => {
  it('says nothing about the upstream', () => {
    const failure = new UpstreamError('x', { status: 504, failureKind: 'total' });
    expect(outcomeOf(200, failure)).toBe('neutral');
  });
});
