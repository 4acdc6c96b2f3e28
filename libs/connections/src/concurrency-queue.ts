import type { UpstreamSettings } from '#config';
import { ClientClosedError, OverloadedError, ProxyException } from '#errors';
import type { UpstreamRequestContext } from './request-context.js';

interface Waiter {
  readonly caller: string;
  readonly admit: () => void;
}

/**
 * Limits how many calls an upstream handles at a time. Waiting calls are admitted round-robin between callers, so that
 * one caller with a hundred calls does not delay another with one. A full queue rejects at once (protocol W11).
 */
export class ConcurrencyQueue {
  running = 0;
  waiting = 0;
  /** Waiters by caller; the iteration order is the order in which callers are served. */
  private readonly queues = new Map<string, Waiter[]>();

  constructor(readonly limits: UpstreamSettings['limits']) {}

  /**
   * Undefined when the call may start at once, otherwise a promise that resolves when it may.
   * @throws OverloadedError when the queue is full; the promise rejects with it after the waiting time, or with the abort
   * reason of the signal
   */
  acquire(context: UpstreamRequestContext): Promise<void> | undefined {
    const { concurrency, queue } = this.limits;
    if (concurrency === 0 || this.running < concurrency) {
      this.running += 1;
      return undefined;
    }
    if (this.waiting >= queue) throw new OverloadedError();
    return this.wait(context);
  }

  /** Passes the place of an ended call to the next waiter. */
  release(): void {
    const [first] = this.queues;
    if (!first) {
      this.running -= 1;
      return;
    }
    const [caller, waiters] = first;
    const next = waiters.shift();
    this.queues.delete(caller);
    if (waiters.length > 0) this.queues.set(caller, waiters);
    next?.admit();
  }

  private wait({ signal, caller = '', record }: UpstreamRequestContext): Promise<void> {
    return new Promise((resolve, reject) => {
      const since = performance.now();
      const finish = (): void => {
        this.waiting -= 1;
        if (record) record.queuedMs += performance.now() - since;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const giveUp = (reason: Error): void => {
        this.remove(waiter);
        finish();
        reject(reason);
      };
      const onAbort = (): void => giveUp(abortReason(signal));
      const timer = setTimeout(() => giveUp(new OverloadedError()), this.limits.queueMs);
      const admit = (): void => {
        finish();
        resolve();
      };
      const waiter: Waiter = { caller, admit };
      this.waiting += 1;
      const queue = this.queues.get(caller);
      if (queue) queue.push(waiter);
      else this.queues.set(caller, [waiter]);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  private remove(waiter: Waiter): void {
    const queue = this.queues.get(waiter.caller);
    queue?.splice(queue.indexOf(waiter), 1);
    if (queue?.length === 0) this.queues.delete(waiter.caller);
  }
}

/** The ProxyException an aborted signal carries, or ClientClosedError if it carries none. */
export function abortReason({ reason }: AbortSignal): ProxyException {
  return reason instanceof ProxyException ? reason : new ClientClosedError();
}
