import { describe, expect, it } from 'vitest';
import type { Permit, CallOutcome } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** A breaker with a manual clock. */
function make(enabled = true) {
  let time = 1000;
  const breaker = new CircuitBreaker(enabled, () => time);
  const settle = (permit: Permit | undefined, outcome: CallOutcome): void => {
    if (permit) breaker.settle(permit, outcome);
  };
  return {
    breaker,
    settle,
    pass: (ms: number) => (time += ms),
    end: (outcome: CallOutcome, times = 1) => {
      for (let count = 0; count < times; count += 1) settle(breaker.acquire(), outcome);
    },
    /** Concurrent calls. */
    acquire: (times: number): (Permit | undefined)[] => Array.from({ length: times }, () => breaker.acquire()),
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

  it('stays closed after fewer than ten calls', () => {
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

  it('does not count neutral outcomes', () => {
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

  it('rejects calls for 10 s and has the time that is left', () => {
    const { breaker, acquire, pass } = open();
    expect(breaker.waitMs).toBe(10_000);
    pass(9999);
    expect(breaker.waitMs).toBe(1);
    expect(acquire(100)).toEqual(Array(100).fill(undefined));
  });

  it('then lets exactly one of 100 calls at the same time through', () => {
    const { breaker, acquire, pass, settle } = open();
    pass(10_000);
    expect(breaker.state).toBe('half-open');
    const permits = acquire(100);
    expect(permits.filter((permit) => permit === 'probe')).toHaveLength(1);
    expect(permits.filter((permit) => permit === undefined)).toHaveLength(99);
    for (const permit of permits) settle(permit, 'neutral');
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

  it.each(['failed', 'unreachable'] as const)(
    'doubles its time up to two minutes after a probe that is %s',
    (outcome) => {
      const { breaker, end, pass } = open();
      const waits = [];
      for (let round = 0; round < 6; round += 1) {
        waits.push(breaker.waitMs);
        pass(breaker.waitMs);
        end(outcome);
      }
      expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 120_000, 120_000]);
    },
  );

  it('begins with 10 s again once it has been closed', () => {
    const { breaker, end, pass } = open();
    pass(10_000);
    end('failed');
    pass(20_000);
    end('succeeded');
    end('unreachable', 5);
    expect(breaker.waitMs).toBe(10_000);
  });

  it('makes the next call the probe after a neutral outcome', () => {
    const { breaker, acquire, pass } = open();
    pass(10_000);
    for (let round = 0; round < 20; round += 1) {
      expect(acquire(2)).toEqual(['probe', undefined]);
      breaker.settle('probe', 'neutral');
    }
    expect(acquire(1)).toEqual(['probe']);
    breaker.settle('probe', 'succeeded');
    expect(breaker.state).toBe('closed');
  });

  it('ignores calls that began before it opened', () => {
    const { breaker, acquire, end, pass } = make();
    const [early] = acquire(1);
    end('unreachable', 5);
    breaker.settle(early!, 'succeeded');
    expect(breaker.state).toBe('open');
    pass(10_000);
    breaker.settle(early!, 'failed');
    expect(acquire(1)).toEqual(['probe']);
  });

  it('can be opened and closed from outside', () => {
    const { breaker, acquire } = make();
    breaker.open();
    expect(acquire(1)).toEqual([undefined]);
    breaker.close();
    expect(acquire(1)).toEqual(['regular']);
  });
});
