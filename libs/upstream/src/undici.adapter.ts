import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AxiosError, AxiosHeaders, CanceledError } from 'axios';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { UpstreamBody } from './upstream-body.js';

/** The clock that ran out: before the first byte of the body, or between two. */
export class SilenceError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(
    readonly phase: 'first byte' | 'idle',
    readonly afterMs: number,
  ) {
    super(`no byte for ${String(afterMs)} ms`);
  }
}

export interface TransportOptions {
  readonly dispatcher: Dispatcher;
  /** Longest silence between two pieces of a body. `timeout` of the axios config bounds the wait for the first. */
  readonly idleMs: number;
}

/** What is read of a body that explains a refusal. */
const MAX_ERROR_BODY = 64 * 1024;

/**
 * axios over undici's callbacks: `data` of the response is an UpstreamBody, or, from status 400 on, the text that was
 * sent with the refusal. axios's own adapter costs about twice as much a call and hands over a Node stream, which costs
 * again for each token (docs/decisions/2026-11-24-transport.md).
 */
export function undiciAdapter(options: TransportOptions): AxiosAdapter {
  return async (config) => {
    const response = await new Exchange(options, config).run();
    if (response.status < 400) return response;
    response.data = await (response.data as UpstreamBody).text(MAX_ERROR_BODY).catch(() => '');
    throw new AxiosError(`status ${String(response.status)}`, AxiosError.ERR_BAD_RESPONSE, config, null, response);
  };
}

/** One request and its answer; all callbacks of undici end here. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly signal: AbortSignal | undefined;
  private readonly leave = (): void => {
    this.abort(new CanceledError(undefined, undefined, this.config));
  };
  private controller: Dispatcher.DispatchController | undefined;
  private body: UpstreamBody | undefined;
  private reason: Error | undefined;
  private timer: NodeJS.Timeout | undefined;
  private resolve!: (response: AxiosResponse) => void;
  private reject!: (error: Error) => void;

  constructor(
    private readonly options: TransportOptions,
    private readonly config: InternalAxiosRequestConfig,
  ) {
    this.signal = config.signal instanceof AbortSignal ? config.signal : undefined;
  }

  run(): Promise<AxiosResponse> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.signal?.addEventListener('abort', this.leave, { once: true });
      this.watch('first byte', this.config.timeout ?? 0);
      const url = new URL(this.config.url ?? '');
      this.options.dispatcher.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: (this.config.method ?? 'get').toUpperCase(),
          body: (this.config.data as string | Readable | undefined) ?? null,
          headers: this.config.headers.toJSON() as Record<string, string>,
        },
        this,
      );
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.reason) controller.abort(this.reason);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    if (status < 200) return;
    this.body = new UpstreamBody({
      pause: () => {
        this.unwatch();
        controller.pause();
      },
      resume: () => {
        this.watch('idle', this.options.idleMs);
        controller.resume();
      },
      abort: (reason) => {
        this.abort(reason);
      },
    });
    this.resolve({
      data: this.body,
      status,
      statusText: '',
      headers: new AxiosHeaders(headers as Record<string, string>),
      config: this.config,
      request: null,
    });
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.phase === 'first byte') this.watch('idle', this.options.idleMs);
    else this.timer?.refresh();
    this.body?.push(piece);
  }

  onResponseEnd(): void {
    this.release();
    this.body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(this.reason ?? error);
  }

  private phase: SilenceError['phase'] = 'first byte';

  private watch(phase: SilenceError['phase'], ms: number): void {
    this.unwatch();
    this.phase = phase;
    if (ms > 0) this.timer = setTimeout(() => this.abort(new SilenceError(phase, ms)), ms);
  }

  private unwatch(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Closes the socket, now or as soon as there is one, and tells the waiting side at once. */
  private abort(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    this.controller?.abort(reason);
    this.fail(reason);
  }

  private fail(error: Error): void {
    this.release();
    if (this.body) this.body.fail(error);
    else this.reject(error instanceof AxiosError ? error : AxiosError.from(error, codeOf(error), this.config));
  }

  private release(): void {
    this.unwatch();
    this.signal?.removeEventListener('abort', this.leave);
  }
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
