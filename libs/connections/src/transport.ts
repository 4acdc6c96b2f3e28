import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { abortReason } from './concurrency-queue.js';
import type { BodySource } from './upstream-body.js';
import { UpstreamBody } from './upstream-body.js';

/** The clock that ran out: before the first byte of the body, between two, or the one for the whole call. */
export class UpstreamTimeoutError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(
    readonly phase: 'first-byte' | 'idle' | 'total',
    readonly afterMs: number,
  ) {
    super(`${phase}: ${String(afterMs)} ms`);
  }
}

/** Clocks of one call, in milliseconds; 0 is off. */
interface Timeouts {
  /** From the dispatch, or the end of an upload, to the first byte of the body. */
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** For everything. */
  readonly totalMs: number;
  /** When that time is up, in monotonic milliseconds: it may have begun before this call. */
  readonly deadline?: number;
}

export interface TransportRequest extends Timeouts {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Record<string, string>;
  /** Pieces need a content-length among the headers. */
  readonly body: string | readonly Uint8Array[] | Readable | null;
  readonly signal: AbortSignal | undefined;
  /**
   * Called once, when socket and body are done with: with the status, if there was one, and without an error for an
   * answer that was read as far as wanted.
   */
  readonly onSettled?: (status: number | undefined, error: Error | undefined) => void;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: UpstreamBody;
}

/**
 * One call over undici's callbacks: no promise and no stream machinery for what follows the headers.
 * @throws SilenceError, the reason of the signal, or an error of the socket with its code
 */
export function send(dispatcher: Dispatcher, request: TransportRequest): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    new Exchange(request, resolve, reject).start(dispatcher);
  });
}

/** One request and its answer; all callbacks of undici end here. */
class Exchange implements Dispatcher.DispatchHandler, BodySource {
  private controller: Dispatcher.DispatchController | undefined;
  private body: UpstreamBody | undefined;
  private abortReason: Error | undefined;
  private phase: 'first-byte' | 'idle' = 'first-byte';
  private timer: NodeJS.Timeout | undefined;
  private totalTimer: NodeJS.Timeout | undefined;
  private isSettled = false;
  private status: number | undefined;
  private readonly onAbort = (): void => {
    if (this.request.signal) this.abort(abortReason(this.request.signal));
  };

  constructor(
    private readonly request: TransportRequest,
    private readonly resolve: (response: TransportResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  start(dispatcher: Dispatcher): void {
    const { signal, totalMs, deadline, firstByteMs, origin, path, method, headers, body } = this.request;
    if (signal?.aborted) {
      this.onAbort();
      return;
    }
    signal?.addEventListener('abort', this.onAbort, { once: true });
    const leftMs = deadline === undefined ? totalMs : deadline - performance.now();
    if (totalMs > 0) {
      if (leftMs <= 0) {
        this.abort(new UpstreamTimeoutError('total', totalMs));
        return;
      }
      this.totalTimer = setTimeout(() => this.abort(new UpstreamTimeoutError('total', totalMs)), leftMs);
    }
    if (!(body instanceof Readable)) this.startTimer('first-byte', firstByteMs);
    // Its types leave out that it takes anything that can be iterated; one piece costs less as it is.
    const pieces = Array.isArray(body) && body.length === 1 ? (body as [Uint8Array])[0] : (body as string);
    dispatcher.dispatch({ origin, path, method, body: pieces, headers }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.abortReason) controller.abort(this.abortReason);
  }

  /** A client that is slow with its upload is not a backend that keeps us waiting. */
  onRequestSent(): void {
    if (this.phase === 'first-byte' && !this.timer && !this.isSettled)
      this.startTimer('first-byte', this.request.firstByteMs);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    if (status < 200) return;
    this.status = status;
    this.body = new UpstreamBody(this);
    this.resolve({ status, headers, body: this.body });
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.body?.push(piece);
  }

  onResponseEnd(): void {
    this.release();
    this.body?.end();
    this.settle(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(this.abortReason ?? error);
  }

  /** For the body: something has come. Once for each network read, since it costs. */
  onBatch(): void {
    if (this.isSettled) return;
    if (this.phase === 'first-byte') this.startTimer('idle', this.request.idleMs);
    else this.timer?.refresh();
  }

  pause(): void {
    this.stopTimer();
    this.controller?.pause();
  }

  resume(): void {
    this.startTimer('idle', this.request.idleMs);
    this.controller?.resume();
  }

  /** Closes the socket, now or as soon as there is one, and tells the waiting side at once. */
  abort(reason: Error): void {
    if (this.abortReason || this.isSettled) return;
    this.abortReason = reason;
    this.controller?.abort(reason);
    this.fail(reason);
  }

  /** The reader has what it wants. */
  discard(): void {
    if (this.abortReason || this.isSettled) return;
    this.abortReason = NOT_NEEDED;
    this.controller?.abort(NOT_NEEDED);
    this.release();
    this.settle(undefined);
  }

  private startTimer(phase: 'first-byte' | 'idle', ms: number): void {
    this.stopTimer();
    this.phase = phase;
    if (ms > 0) this.timer = setTimeout(() => this.abort(new UpstreamTimeoutError(phase, ms)), ms);
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private fail(error: Error): void {
    this.release();
    if (this.body) this.body.fail(error);
    else this.reject(error);
    this.settle(error);
  }

  private settle(error: Error | undefined): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.request.onSettled?.(this.status, error);
  }

  private release(): void {
    this.stopTimer();
    clearTimeout(this.totalTimer);
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }
}

const NOT_NEEDED = new Error('the rest is not needed');
