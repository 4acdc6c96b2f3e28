import type { UpstreamSettings } from '#config';
import { ClientClosedError, OverloadedError, ProxyException } from '#errors';
import type { UpstreamRequestContext } from './request-context.js';

interface Waiter {
  readonly caller: string;
  readonly admit: () => void;
}

/**
 * How many calls a backend has at a time. The others wait, in turn between callers: somebody who sends a hundred calls
 * does not keep out somebody who sends one. Ollama's queue is the model: a full one refuses at once (contract §0).
 */
export class ConcurrencyQueue {
  running = 0;
  waiting = 0;
  /** By caller, in the order in which they are served next. */
  private readonly queues = new Map<string, Waiter[]>();

  constructor(readonly limits: UpstreamSettings['limits']) {}

  /** Undefined when the call may go at once. @throws OverloadedError, or rejects with it or the reason of the signal */
  acquire(call: UpstreamRequestContext): Promise<void> | undefined {
    const { concurrency, queue } = this.limits;
    if (concurrency === 0 || this.running < concurrency) {
      this.running += 1;
      return undefined;
    }
    if (this.waiting >= queue) throw new OverloadedError();
    return this.wait(call);
  }

  /** A call has ended; the next one takes its place. */
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
      const done = (): void => {
        this.waiting -= 1;
        if (record) record.queuedMs += performance.now() - since;
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
      };
      const giveUp = (reason: Error): void => {
        this.remove(waiter);
        done();
        reject(reason);
      };
      const leave = (): void => giveUp(abortReason(signal));
      const timer = setTimeout(() => giveUp(new OverloadedError()), this.limits.queueMs);
      const admit = (): void => {
        done();
        resolve();
      };
      const waiter: Waiter = { caller, admit };
      this.waiting += 1;
      const queue = this.queues.get(caller);
      if (queue) queue.push(waiter);
      else this.queues.set(caller, [waiter]);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
    });
  }

  private remove(waiter: Waiter): void {
    const queue = this.queues.get(waiter.caller);
    queue?.splice(queue.indexOf(waiter), 1);
    if (queue?.length === 0) this.queues.delete(waiter.caller);
  }
}

/** Why a call was given up from outside. */
export function abortReason({ reason }: AbortSignal): ProxyException {
  return reason instanceof ProxyException ? reason : new ClientClosedError();
}
