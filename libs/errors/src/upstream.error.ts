import { ProxyException } from './proxy.exception.js';

/** Kind of a failure without an HTTP status: at which point the connection failed, or which timeout expired. */
export type UpstreamFailureKind = 'connect' | 'reset' | 'first-byte' | 'idle' | 'total';

export interface UpstreamErrorDetails {
  /** Status for the client. */
  status: number;
  /** Status of the upstream's response, if there was one. */
  upstreamStatus?: number;
  failureKind?: UpstreamFailureKind;
  /** `Retry-After` of the upstream, for the client. */
  retryAfter?: string;
  /** The same in milliseconds from the arrival of the response. */
  retryAfterMs?: number;
  /** The upstream does not have the requested model. */
  isModelNotFound?: boolean;
  /** Body of the rejection without secrets, from which adaptations are derived. */
  body?: string;
  cause?: unknown;
}

/** The upstream rejected the call, closed the connection, timed out or was unreachable. */
export class UpstreamError extends ProxyException {
  readonly upstreamStatus: number | undefined;
  readonly failureKind: UpstreamFailureKind | undefined;
  readonly retryAfterMs: number | undefined;
  readonly isModelNotFound: boolean;
  readonly body: string;

  constructor(message: string, details: UpstreamErrorDetails) {
    super(message, details.status, { cause: details.cause, retryAfter: details.retryAfter });
    this.upstreamStatus = details.upstreamStatus;
    this.failureKind = details.failureKind;
    this.retryAfterMs = details.retryAfterMs;
    this.isModelNotFound = details.isModelNotFound ?? false;
    this.body = details.body ?? '';
  }
}

/** The upstream's response cannot be translated to the Ollama API. */
export class TranslationError extends ProxyException {
  constructor(message: string, status = 502) {
    super(message, status);
  }
}
