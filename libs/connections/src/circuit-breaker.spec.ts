import { describe, expect, it } from 'vitest';
import type { Permit, CallOutcome } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** A breaker with a clock that stands until it is moved. */
function make(enabled = true) {
  let time = 1000;
  const breaker = new CircuitBreaker(enabled, () => time);
  return {
    breaker,
    pass: (ms: number) => (time += ms),
    end: (verdict: CallOutcome, times = 1) => {
      for (let count = 0; count < times; count += 1) breaker.settle(breaker.acquire(), verdict);
    },
    /** Enters as often at the same time. */
    enter: (times: number): Permit[] => Array.from({ length: times }, () => breaker.acquire()),
  };
}

describe('circuit breaker, closed', () => {
  it('opens when half of ten calls have failed, and not before', () => {
    const { breaker, end } = make();
    end('succeeded', 5);
    end('failed', 4);
    expect(breaker.state).toBe('closed');
    end('failed');
    expect(breaker.state).toBe('open');
  });

  it('stays closed while less than half have failed', () => {
    const { breaker, end } = make();
    end('succeeded', 51);
    end('failed', 49);
    expect(breaker.state).toBe('closed');
  });

  it('says nothing after fewer than ten calls', () => {
    const { breaker, end } = make();
    end('failed', 9);
    expect(breaker.state).toBe('closed');
  });

  it('forgets what is older than 30 s', () => {
    const { breaker, end, pass } = make();
    end('failed', 9);
    pass(30_001);
    end('failed', 9);
    expect(breaker.state).toBe('closed');
    end('failed');
    expect(breaker.state).toBe('open');
  });

  it('opens after five connections in a row that could not be made', () => {
    const { breaker, end } = make();
    end('unreachable', 4);
    end('succeeded');
    end('unreachable', 4);
    expect(breaker.state).toBe('closed');
    end('unreachable');
    expect(breaker.state).toBe('open');
  });

  it('does not count what says nothing about the backend', () => {
    const { breaker, end } = make();
    end('neutral', 1000);
    end('failed', 9);
    expect(breaker.state).toBe('closed');
  });

  it('never opens when it is switched off', () => {
    const { breaker, end } = make(false);
    end('unreachable', 100);
    breaker.open();
    expect(breaker.state).toBe('closed');
  });
});

describe('circuit breaker, open', () => {
  const open = () => {
    const made = make();
    made.end('unreachable', 5);
    return made;
  };

  it('lets nothing through for 10 s and says how long it takes', () => {
    const { breaker, enter, pass } = open();
    expect(breaker.waitMs).toBe(10_000);
    pass(9999);
    expect(breaker.waitMs).toBe(1);
    expect(enter(100)).toEqual(Array(100).fill('refused'));
  });

  it('then lets exactly one of 100 calls at the same time through', () => {
    const { breaker, enter, pass } = open();
    pass(10_000);
    expect(breaker.state).toBe('half-open');
    const entries = enter(100);
    expect(entries.filter((entry) => entry === 'probe')).toHaveLength(1);
    expect(entries.filter((entry) => entry === 'refused')).toHaveLength(99);
    for (const entry of entries) breaker.settle(entry, 'neutral');
    expect(breaker.state).toBe('half-open');
  });

  it('closes after a good one, and counts from nothing', () => {
    const { breaker, end, pass } = open();
    pass(10_000);
    end('succeeded');
    expect(breaker.state).toBe('closed');
    end('failed', 9);
    expect(breaker.state).toBe('closed');
  });

  it.each(['failed', 'unreachable'] as const)('doubles its time up to two minutes after one that is %s', (verdict) => {
    const { breaker, end, pass } = open();
    const waits = [];
    for (let round = 0; round < 6; round += 1) {
      waits.push(breaker.waitMs);
      pass(breaker.waitMs);
      end(verdict);
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 120_000, 120_000]);
  });

  it('begins with 10 s again once it has been closed', () => {
    const { breaker, end, pass } = open();
    pass(10_000);
    end('failed');
    pass(20_000);
    end('succeeded');
    end('unreachable', 5);
    expect(breaker.waitMs).toBe(10_000);
  });

  it('gives the place to the next call when the one tells nothing', () => {
    const { breaker, enter, pass } = open();
    pass(10_000);
    for (let round = 0; round < 20; round += 1) {
      expect(enter(2)).toEqual(['probe', 'refused']);
      breaker.settle('probe', 'neutral');
    }
    expect(enter(1)).toEqual(['probe']);
    breaker.settle('probe', 'succeeded');
    expect(breaker.state).toBe('closed');
  });

  it('learns nothing from calls that began before', () => {
    const { breaker, enter, end, pass } = make();
    const [early] = enter(1);
    end('unreachable', 5);
    breaker.settle(early!, 'succeeded');
    expect(breaker.state).toBe('open');
    pass(10_000);
    breaker.settle(early!, 'failed');
    expect(enter(1)).toEqual(['probe']);
  });

  it('can be opened and closed from outside', () => {
    const { breaker, enter } = make();
    breaker.open();
    expect(enter(1)).toEqual(['refused']);
    breaker.close();
    expect(enter(1)).toEqual(['call']);
  });
});
