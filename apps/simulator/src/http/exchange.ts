import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordedRequest } from '../request-log.js';

/** Thrown inside a handler after the caller has disconnected. */
export class CallerLeft extends Error {}

/** One request and its answer, with waits that end at once when the caller leaves. */
export class Exchange {
  #left = false;
  #wake: (() => void) | undefined;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly record: RecordedRequest,
  ) {
    response.once('close', () => this.#onClose());
  }

  /** Waits, and throws when the caller leaves meanwhile. */
  async wait(milliseconds: number): Promise<void> {
    this.#check();
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
    this.#check();
  }

  /** Never returns; throws once the caller has left. */
  async hang(): Promise<never> {
    for (;;) await this.wait(2_147_483_647);
  }

  head(status: number, headers: Record<string, string | number>): void {
    this.#check();
    this.response.writeHead(status, headers);
  }

  /** Writes with back-pressure, and lets the event loop notice a caller who left. */
  async write(data: string | Uint8Array): Promise<void> {
    this.#check();
    const { response } = this;
    if (response.write(data)) {
      await nextTurn();
    } else {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        response.once('drain', resolve);
      });
    }
    this.#check();
  }

  end(data?: string | Uint8Array): void {
    this.#check();
    this.record.finished = true;
    this.response.end(data);
  }

  /** Closes the connection on purpose, without an orderly end of the answer. */
  async cut(how: 'close' | 'reset'): Promise<void> {
    this.record.finished = true;
    const socket = this.response.socket;
    if (how === 'close') return socket?.destroySoon();
    // What was sent must reach the caller first: a reset drops everything still under way.
    await this.wait(20);
    socket?.resetAndDestroy();
  }

  #check(): void {
    if (this.#left) throw new CallerLeft();
  }

  #onClose(): void {
    this.#left = true;
    if (!this.record.finished) {
      this.record.aborted = true;
      this.record.abortedAt = Date.now();
    }
    this.#wake?.();
  }
}
