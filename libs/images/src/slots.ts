import type { CancelSignal } from '#async';

/** Runs at most `max` tasks at a time; others wait in their order. */
export class Slots {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly max: number) {}

  /** @throws the reason of `signal` while the task waits */
  async run<T>(signal: CancelSignal, task: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.running < this.max) this.running += 1;
    else if (!(await this.wait(signal))) signal.throwIfAborted();
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  /** Resolves to true when a task has left its slot to this one, and to false when the signal is aborted before. */
  private wait(signal: CancelSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const start = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        resolve(false);
      };
      this.waiting.push(start);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
