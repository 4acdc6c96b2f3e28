import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { CancelSignal } from '#async';
import { abortReason } from './concurrency-queue.js';
import { contentCoding, ContentDecoder } from './content-decoder.js';
import type { TimedCall } from './shared-timer.js';
import { SharedTimer } from './shared-timer.js';
import type { ListEntry } from '#primitives';
import type { BodySource } from './upstream-body.js';
import { UpstreamBody } from './upstream-body.js';

/** The upstream sent nothing for too long (`first-byte`, `idle`), or the whole call took too long (`total`). */
export class UpstreamTimeoutError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(
    readonly phase: 'first-byte' | 'idle' | 'total',
    readonly afterMs: number,
  ) {
    super(`${phase}: ${String(afterMs)} ms`);
  }
}

/** The end of the time for a whole call. Retries and failover share one. */
export interface Deadline {
  /** Monotonic milliseconds, as `performance.now()` returns them. */
  readonly at: number;
  /** The limit it was computed from, for the error text. */
  readonly limitMs: number;
}

/** The deadline `limitMs` after `start`; none if the limit is 0. */
export function deadlineAfter(limitMs: number, start = performance.now()): Deadline | undefined {
  return limitMs > 0 ? { at: start + limitMs, limitMs } : undefined;
}

export interface TransportRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Record<string, string>;
  /** A list of chunks needs a content-length among the headers. It is emptied while it is sent. */
  readonly body: string | Uint8Array[] | Readable | null;
  readonly signal: CancelSignal | undefined;
  /** From the dispatch, or from the end of an upload, to the first byte of the body; 0 for no limit. */
  readonly firstByteMs: number;
  /** Between two reads of the body; 0 for no limit. */
  readonly idleMs: number;
  readonly deadline?: Deadline | undefined;
  /**
   * Called once, when socket and body are no longer needed. `status` is undefined without a response, `error` for a
   * response that was read as far as it was needed.
   */
  readonly onSettled?: (status: number | undefined, error: Error | undefined) => void;
}

/** A response whose body is decompressed; its headers are those of the body that arrives here. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: UpstreamBody;
}

/**
 * Sends one request through undici's callbacks: neither a promise nor a stream is created for what follows the headers.
 * @throws UpstreamTimeoutError, the abort reason of the signal, or a socket error with its code
 */
export function send(dispatcher: Dispatcher, request: TransportRequest): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    new Exchange(request, resolve, reject).start(dispatcher);
  });
}

const timeouts = new SharedTimer();

/** One request and its response: receives undici's callbacks and has the timeouts. */
class Exchange implements Dispatcher.DispatchHandler, BodySource, TimedCall {
  private controller: Dispatcher.DispatchController | undefined;
  private body: UpstreamBody | undefined;
  private decoder: ContentDecoder | undefined;
  /** The response has arrived, although part of it may still have to be decompressed. */
  private isReceived = false;
  private abortReason: Error | undefined;
  private phase: 'first-byte' | 'idle' = 'first-byte';
  /** To remove it from `timeouts`. */
  private entry: ListEntry<TimedCall> | undefined;
  /** Timeout of the phase in milliseconds; 0 for none. */
  private limitMs = 0;
  /** Monotonic milliseconds; Infinity while the phase has no limit. */
  private phaseDueAt = Number.POSITIVE_INFINITY;
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
    const { signal, deadline, firstByteMs, origin, path, method, headers, body } = this.request;
    if (signal?.aborted) {
      this.onAbort();
      return;
    }
    signal?.addEventListener('abort', this.onAbort, { once: true });
    if (deadline && deadline.at <= performance.now()) {
      this.onDue();
      return;
    }
    this.entry = timeouts.add(this);
    if (!(body instanceof Readable)) this.limit('first-byte', firstByteMs);
    const content = Array.isArray(body) ? toContent(body) : (body as string);
    dispatcher.dispatch({ origin, path, method, body: content, headers }, this);
  }

  get dueAt(): number {
    return Math.min(this.phaseDueAt, this.request.deadline?.at ?? Number.POSITIVE_INFINITY);
  }

  onDue(): void {
    const { deadline } = this.request;
    const isTotal = deadline !== undefined && deadline.at <= this.phaseDueAt;
    this.abort(
      isTotal
        ? new UpstreamTimeoutError('total', deadline.limitMs)
        : new UpstreamTimeoutError(this.phase, this.limitMs),
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.abortReason) controller.abort(this.abortReason);
  }

  /** The first-byte timeout of an upload starts here: a slow client must not count against the upstream. */
  onRequestSent(): void {
    if (this.phase === 'first-byte' && this.limitMs === 0 && !this.isSettled)
      this.limit('first-byte', this.request.firstByteMs);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    if (status < 200) return;
    this.status = status;
    this.body = new UpstreamBody(this);
    const coding = contentCoding(headers);
    if (coding !== undefined) this.decoder = this.decode(coding, this.body);
    this.resolve({ status, headers: this.decoder ? withoutCoding(headers) : headers, body: this.body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.decoder) this.body?.push(chunk);
    else if (!this.decoder.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.release();
    this.isReceived = true;
    if (this.decoder) {
      this.decoder.end();
      return;
    }
    this.body?.end();
    this.settle(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.decoder || this.abortReason) {
      this.fail(this.abortReason ?? error);
      return;
    }
    // What arrived before is still decompressed and delivered.
    this.release();
    this.isReceived = true;
    this.decoder.end(error);
  }

  private decode(coding: string, body: UpstreamBody): ContentDecoder {
    return new ContentDecoder(coding, {
      push: (chunk) => body.push(chunk),
      drain: () => this.controller?.resume(),
      end: (failure) => {
        if (failure && !this.isReceived) this.abort(failure);
        else if (failure) this.fail(failure);
        else {
          body.end();
          this.settle(undefined);
        }
      },
    });
  }

  onBatch(): void {
    // Chunks may still arrive after a pause, in which silence is no fault of the upstream.
    const isPaused = this.phase === 'idle' && this.phaseDueAt === Number.POSITIVE_INFINITY;
    if (!isPaused && !this.isSettled && !this.isReceived) this.limit('idle', this.request.idleMs);
  }

  pause(): void {
    this.phaseDueAt = Number.POSITIVE_INFINITY;
    (this.decoder ?? this.controller)?.pause();
  }

  resume(): void {
    if (!this.isReceived) this.limit('idle', this.request.idleMs);
    (this.decoder ?? this.controller)?.resume();
  }

  /** Fails the call at once; the socket is closed now or as soon as there is one. */
  abort(reason: Error): void {
    if (this.abortReason || this.isSettled) return;
    this.abortReason = reason;
    this.controller?.abort(reason);
    this.fail(reason);
  }

  discard(): void {
    if (this.abortReason || this.isSettled) return;
    this.abortReason = REST_DISCARDED;
    this.controller?.abort(REST_DISCARDED);
    this.release();
    this.settle(undefined);
  }

  private limit(phase: 'first-byte' | 'idle', ms: number): void {
    this.phase = phase;
    this.limitMs = ms;
    this.phaseDueAt = ms > 0 ? performance.now() + ms : Number.POSITIVE_INFINITY;
    timeouts.hasten(this);
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
    if (this.abortReason) this.decoder?.destroy();
    if (this.entry) timeouts.remove(this.entry);
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** Neither the coding nor the length of the compressed body is that of the decompressed one. */
function withoutCoding(headers: Record<string, unknown>): Record<string, unknown> {
  const { 'content-encoding': _coding, 'content-length': _length, ...rest } = headers;
  return rest;
}

/** undici accepts any iterable, although its types are narrower; a single chunk is cheaper without one. */
function toContent(pieces: Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return only && pieces.length === 1 ? only : (removeEach(pieces) as unknown as Uint8Array);
}

/** undici keeps the body of a request until the response is complete: pieces that are sent are freed by removing them. */
function* removeEach(pieces: Uint8Array[]): Generator<Uint8Array> {
  pieces.reverse();
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) yield piece;
}

const REST_DISCARDED = new Error('the rest of the response was discarded');
