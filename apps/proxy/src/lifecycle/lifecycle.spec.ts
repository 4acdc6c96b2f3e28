import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { describe, expect, it } from 'vitest';
import { ShutdownError } from '#errors';
import { Lifecycle } from './lifecycle.js';

/** As much of an answer as the lifecycle looks at. */
class Answer extends EventEmitter {
  headersSent = false;
  readonly headers: Record<string, string> = {};
  setHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  begunIn(lifecycle: Lifecycle): this {
    lifecycle.begin(this as unknown as Response);
    return this;
  }
}

describe('the life of the process', () => {
  it('is ready between the start and the first signal', () => {
    const lifecycle = new Lifecycle();
    const states = [lifecycle.isReady];
    lifecycle.serve();
    states.push(lifecycle.isReady, lifecycle.isDraining);
    lifecycle.drain();
    states.push(lifecycle.isReady, lifecycle.isDraining);
    lifecycle.serve();
    lifecycle.end();
    states.push(lifecycle.isReady, lifecycle.isDraining);
    expect(states).toEqual([false, true, false, false, true, false, true]);
  });

  it('counts what runs', () => {
    const lifecycle = new Lifecycle();
    const answers = [new Answer().begunIn(lifecycle), new Answer().begunIn(lifecycle)];
    expect(lifecycle.running).toBe(2);
    for (const answer of answers) answer.emit('close');
    expect(lifecycle.running).toBe(0);
  });

  it('tells clients to go elsewhere from the first signal on, those under way too', () => {
    const lifecycle = new Lifecycle();
    const early = new Answer().begunIn(lifecycle);
    const begun = new Answer().begunIn(lifecycle);
    begun.headersSent = true;
    lifecycle.drain();
    const late = new Answer().begunIn(lifecycle);
    expect([early.headers, begun.headers, late.headers]).toEqual([
      { Connection: 'close' },
      {},
      { Connection: 'close' },
    ]);
  });

  it('ends calls with a reason of its own, later ones too, and leaves alone those that are over', () => {
    const lifecycle = new Lifecycle();
    const [running, over, late] = [new AbortController(), new AbortController(), new AbortController()];
    lifecycle.enter(running);
    lifecycle.enter(over);
    lifecycle.leave(over);
    lifecycle.drain();
    expect(running.signal.aborted).toBe(false);
    lifecycle.end();
    lifecycle.enter(late);
    expect(running.signal.reason).toBeInstanceOf(ShutdownError);
    expect(late.signal.reason).toBeInstanceOf(ShutdownError);
    expect(over.signal.aborted).toBe(false);
  });
});
