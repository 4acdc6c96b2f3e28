import { describe, expect, it } from 'vitest';
import { ClientClosedError, OverloadedError, ShutdownError } from '#errors';
import { ConcurrencyQueue } from './concurrency-queue.js';

const make = (concurrency: number, queue = 100, queueMs = 5000) =>
  new ConcurrencyQueue({ concurrency, queue, queueMs });
const callOf = (caller = 'a', signal = new AbortController().signal) => ({ correlationId: 'x', signal, caller });

/** Lets everything that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('places at an upstream', () => {
  it('are given at once while there are some', () => {
    const admission = make(2);
    expect([admission.acquire(callOf()), admission.acquire(callOf())]).toEqual([undefined, undefined]);
    expect(admission.acquire(callOf())).toBeInstanceOf(Promise);
    expect([admission.running, admission.waiting]).toEqual([2, 1]);
    admission.release(callOf());
    expect([admission.running, admission.waiting]).toEqual([2, 0]);
  });

  it('are without number when the limit is 0', () => {
    const admission = make(0, 0);
    for (let count = 0; count < 1000; count += 1) expect(admission.acquire(callOf())).toBeUndefined();
    for (let count = 0; count < 1000; count += 1) admission.release(callOf());
    expect(admission.running).toBe(0);
  });

  it('are never more than the limit, whatever comes and goes', async () => {
    const admission = make(3, 1000);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        await admission.acquire(callOf(`caller ${index % 7}`));
        inside += 1;
        most = Math.max(most, inside);
        await settle();
        inside -= 1;
        admission.release(callOf(`caller ${index % 7}`));
      }),
    );
    expect([most, admission.running, admission.waiting]).toEqual([3, 0, 0]);
  });

  it('are refused in the words of Ollama when the queue is full', () => {
    const admission = make(1, 2);
    void admission.acquire(callOf());
    for (let count = 0; count < 2; count += 1) void admission.acquire(callOf());
    expect(() => admission.acquire(callOf())).toThrow(OverloadedError);
    expect(() => admission.acquire(callOf())).toThrow(
      'server busy, please try again.  maximum pending requests exceeded',
    );
    expect(admission.waiting).toBe(2);
    for (let count = 0; count < 2; count += 1) admission.release(callOf());
    expect([admission.running, admission.waiting]).toEqual([1, 0]);
  });

  it('are given in turn between callers', async () => {
    const admission = make(1);
    void admission.acquire(callOf());
    const served: string[] = [];
    const queue = (caller: string, name: string) =>
      void admission.acquire(callOf(caller))?.then(() => served.push(name));
    for (let index = 1; index <= 4; index += 1) queue('many', `many ${index}`);
    queue('one', 'one 1');
    queue('two', 'two 1');
    queue('two', 'two 2');
    for (let count = 0; count < 7; count += 1) {
      admission.release(callOf());
      await settle();
    }
    expect(served).toEqual(['many 1', 'one 1', 'two 1', 'many 2', 'two 2', 'many 3', 'many 4']);
  });

  it('are not kept for a client that leaves', async () => {
    const admission = make(1, 1);
    void admission.acquire(callOf());
    const controller = new AbortController();
    const waiting = admission.acquire(callOf('a', controller.signal));
    controller.abort();
    expect(admission.waiting).toBe(0);
    await expect(waiting).rejects.toBeInstanceOf(ClientClosedError);
    const next = admission.acquire(callOf('b'));
    admission.release(callOf());
    await expect(next).resolves.toBeUndefined();
    admission.release(callOf());
    expect(admission.running).toBe(0);
  });

  it('are not waited for by one that has left already', async () => {
    const admission = make(1);
    void admission.acquire(callOf());
    await expect(admission.acquire(callOf('a', AbortSignal.abort()))).rejects.toBeInstanceOf(ClientClosedError);
    expect(admission.waiting).toBe(0);
  });

  it('end with the reason of the shutdown', async () => {
    const admission = make(1);
    void admission.acquire(callOf());
    const controller = new AbortController();
    const waiting = admission.acquire(callOf('a', controller.signal));
    controller.abort(new ShutdownError());
    await expect(waiting).rejects.toBeInstanceOf(ShutdownError);
  });

  it('are waited for no longer than allowed', async () => {
    const admission = make(1, 10, 30);
    void admission.acquire(callOf());
    const begun = performance.now();
    await expect(admission.acquire(callOf())).rejects.toBeInstanceOf(OverloadedError);
    expect(performance.now() - begun).toBeGreaterThan(25);
    expect(admission.waiting).toBe(0);
    admission.release(callOf());
    expect(admission.acquire(callOf())).toBeUndefined();
  });

  it('are kept for callers that have none, once there are several callers', async () => {
    const queue = make(5);
    void queue.acquire(callOf('b'));
    queue.release(callOf('b'));
    for (let count = 0; count < 4; count += 1) expect(queue.acquire(callOf('a'))).toBeUndefined();
    const fifth = queue.acquire(callOf('a'));
    expect(fifth).toBeInstanceOf(Promise);
    expect(queue.acquire(callOf('c'))).toBeUndefined();
    const d = queue.acquire(callOf('d'));
    queue.release(callOf('c'));
    await d;
    expect([queue.running, queue.waiting]).toEqual([5, 1]);
    queue.release(callOf('d'));
    expect([queue.running, queue.waiting]).toEqual([4, 1]);
    queue.release(callOf('a'));
    await fifth;
    expect([queue.running, queue.waiting]).toEqual([4, 0]);
  });

  it('are kept from the start where other callers are configured', async () => {
    const queue = make(2);
    const call = { ...callOf('a'), hasOtherCallers: true };
    expect(queue.acquire(call)).toBeUndefined();
    const waiting = queue.acquire(call);
    expect(waiting).toBeInstanceOf(Promise);
    expect(queue.acquire({ ...callOf('b'), hasOtherCallers: true })).toBeUndefined();
    queue.release(call);
    await waiting;
    const alone = make(1);
    expect(alone.acquire(call)).toBeUndefined();
  });

  it('are all for a caller that is alone', () => {
    const queue = make(5);
    for (let count = 0; count < 5; count += 1) expect(queue.acquire(callOf('a'))).toBeUndefined();
  });
});
