import type { Response } from 'express';
import { describe, expect, it } from 'vitest';
import { Cancellation } from '#async';
import { ShutdownError } from '#errors';
import { Lifecycle } from './lifecycle.js';

/** The part of a response that the lifecycle uses. */
class FakeResponse {
  readonly req = { context: { signal: new Cancellation() } };
  headersSent = false;
  readonly headers: Record<string, string> = {};
  setHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  /** Ends it. */
  remove = (): void => undefined;
  addedTo(lifecycle: Lifecycle): this {
    const entry = lifecycle.addResponse(this as unknown as Response);
    this.remove = () => lifecycle.removeResponse(entry);
    return this;
  }
}

describe('Lifecycle', () => {
  it('is ready between the start and the first signal', () => {
    const lifecycle = new Lifecycle();
    const states = [lifecycle.isReady];
    lifecycle.markReady();
    states.push(lifecycle.isReady, lifecycle.isDraining);
    lifecycle.drain();
    states.push(lifecycle.isReady, lifecycle.isDraining);
    lifecycle.markReady();
    lifecycle.abortCalls();
    states.push(lifecycle.isReady, lifecycle.isDraining);
    expect(states).toEqual([false, true, false, false, true, false, true]);
  });

  it('counts running requests', () => {
    const lifecycle = new Lifecycle();
    const responses = [new FakeResponse().addedTo(lifecycle), new FakeResponse().addedTo(lifecycle)];
    expect(lifecycle.running).toBe(2);
    for (const response of responses) response.remove();
    expect(lifecycle.running).toBe(0);
  });

  it('closes connections from the first signal on, also those of running requests', () => {
    const lifecycle = new Lifecycle();
    const early = new FakeResponse().addedTo(lifecycle);
    const begun = new FakeResponse().addedTo(lifecycle);
    begun.headersSent = true;
    lifecycle.drain();
    const late = new FakeResponse().addedTo(lifecycle);
    expect([early.headers, begun.headers, late.headers]).toEqual([
      { Connection: 'close' },
      {},
      { Connection: 'close' },
    ]);
  });

  it('aborts the calls of running requests with a ShutdownError, but not those that are over', () => {
    const lifecycle = new Lifecycle();
    const [running, over] = [new FakeResponse().addedTo(lifecycle), new FakeResponse().addedTo(lifecycle)];
    over.remove();
    lifecycle.drain();
    expect([running.req.context.signal.aborted, lifecycle.isAborting]).toEqual([false, false]);
    lifecycle.abortCalls();
    expect(running.req.context.signal.reason).toBeInstanceOf(ShutdownError);
    expect([over.req.context.signal.aborted, lifecycle.isAborting]).toEqual([false, true]);
  });
});
