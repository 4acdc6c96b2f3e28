import type { CancelSignal } from '#async';
import type { UpstreamSettings } from '#config';
import { ClientClosedError, OverloadedError, ProxyException } from '#errors';
import type { UpstreamRequestContext } from './request-context.js';

/**
 * Once there are several callers, this share of the places, and one at least, is kept for callers that have none: long calls
 * of one caller never take all of them.
 */
const RESERVED_SHARE = 0.1;

/** How long after a change of callers there are several. */
const SEVERAL_CALLERS_MS = 600_000;

interface Waiter {
  readonly caller: string;
  readonly admit: () => void;
}

/**
 * Limits how many calls an upstream handles at a time. Waiting calls are admitted round-robin between callers, so that
 * one caller with a hundred calls does not delay another with one, and a few places are kept for callers without any. A full
 * queue rejects at once (protocol W11).
 */
export class ConcurrencyQueue {
  running = 0;
  waiting = 0;
  /** Waiters by caller; the iteration order is the order in which callers are served. */
  private readonly queues = new Map<string, Waiter[]>();
  /** Places by caller. */
  private readonly held = new Map<string, number>();
  private lastCaller: string | undefined;
  /** In monotonic milliseconds. */
  private severalCallersUntil = 0;

  constructor(readonly limits: UpstreamSettings['limits']) {}

  /**
   * Undefined when the call may start at once, otherwise a promise that resolves when it may.
   * @throws OverloadedError when the queue is full; the promise rejects with it after the waiting time, or with the abort
   * reason of the signal
   */
  acquire(context: UpstreamRequestContext): Promise<void> | undefined {
    const { concurrency, queue } = this.limits;
    if (concurrency === 0) {
      this.running += 1;
      return undefined;
    }
    const { caller = '' } = context;
    const isOther = this.lastCaller !== undefined && this.lastCaller !== caller;
    if (isOther || context.hasOtherCallers) this.severalCallersUntil = performance.now() + SEVERAL_CALLERS_MS;
    this.lastCaller = caller;
    if (this.mayTake(caller)) {
      this.take(caller);
      return undefined;
    }
    if (this.waiting >= queue) throw new OverloadedError();
    return this.wait(context);
  }

  /** Returns the place of an ended call, which goes to the next waiter. `context` is that of `acquire`. */
  release({ caller = '' }: Pick<UpstreamRequestContext, 'caller'>): void {
    this.running -= 1;
    const held = (this.held.get(caller) ?? 0) - 1;
    if (held > 0) this.held.set(caller, held);
    else this.held.delete(caller);
    for (const [next, waiters] of this.queues) {
      if (!this.mayTake(next)) continue;
      // Behind the others, for its next turn.
      this.queues.delete(next);
      const waiter = waiters.shift();
      if (waiters.length > 0) this.queues.set(next, waiters);
      this.take(next);
      waiter?.admit();
      return;
    }
  }

  private mayTake(caller: string): boolean {
    const { concurrency } = this.limits;
    const free = concurrency - this.running;
    if (free <= 0 || !this.held.has(caller) || performance.now() >= this.severalCallersUntil) return free > 0;
    const reserved = concurrency === 1 ? 0 : Math.max(1, Math.floor(RESERVED_SHARE * concurrency));
    return free > reserved;
  }

  private take(caller: string): void {
    this.running += 1;
    this.held.set(caller, (this.held.get(caller) ?? 0) + 1);
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
export function abortReason({ reason }: Pick<CancelSignal, 'reason'>): ProxyException {
  return reason instanceof ProxyException ? reason : new ClientClosedError();
}
