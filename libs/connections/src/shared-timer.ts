import type { ListEntry } from '#primitives';
import { LinkedList } from '#primitives';

/** A call with a time at which it has to end. */
export interface TimedCall {
  /** Monotonic milliseconds, as `performance.now()` returns them; Infinity for no limit. May change at any time. */
  readonly dueAt: number;
  /** `dueAt` has passed. */
  onDue(): void;
}

/** The longest delay of a Node timer; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * One timer for the timeouts of many calls. It fires when the first of them may be due, and then looks at all. A call's
 * time can move on without any work, as it does with each read of a stream; a timer of its own would have to be restarted.
 */
export class SharedTimer {
  private readonly calls = new LinkedList<TimedCall>();
  private timer: NodeJS.Timeout | undefined;
  private firesAt = Number.POSITIVE_INFINITY;

  add(call: TimedCall): ListEntry<TimedCall> {
    this.hasten(call);
    return this.calls.add(call);
  }

  /** Has to be called whenever the time of a call has come nearer. */
  hasten({ dueAt }: TimedCall): void {
    if (dueAt < this.firesAt) this.fireAt(dueAt);
  }

  /** The call has ended. */
  remove(entry: ListEntry<TimedCall>): void {
    this.calls.remove(entry);
  }

  private fireAt(time: number): void {
    clearTimeout(this.timer);
    this.firesAt = time;
    const delayMs = Math.min(Math.max(1, Math.ceil(time - performance.now())), MAX_DELAY_MS);
    // The sockets of its calls keep the process alive.
    this.timer = setTimeout(() => this.fire(), delayMs).unref();
  }

  private fire(): void {
    this.firesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (const call of this.calls.values()) if (call.dueAt <= now) call.onDue();
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.calls.values()) next = Math.min(next, dueAt);
    if (next < this.firesAt) this.fireAt(next);
  }
}
