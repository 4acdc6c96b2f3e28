import { ProxyException } from './proxy.exception.js';

/** What kind of trouble with a backend it was, where no status says so. */
export type UpstreamFailureKind = 'connect' | 'reset' | 'first-byte' | 'idle' | 'total';

export interface UpstreamErrorDetails {
  /** Status for the client. */
  status: number;
  /** Status the backend answered with, if it did. */
  upstreamStatus?: number;
  failureKind?: UpstreamFailureKind;
  /** `Retry-After` of the backend, passed on. */
  retryAfter?: string;
  /** The same in milliseconds from the arrival of the answer. */
  retryAfterMs?: number;
  /** The backend does not have the model that was asked for. */
  isModelNotFound?: boolean;
  /** What came with the refusal, without secrets: what a backend dislikes is learned from it. */
  body?: string;
  cause?: unknown;
}

/** The backend refused, broke off, fell silent or could not be reached. */
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

/** The backend answered, but with something that cannot be put into Ollama's words. */
export class TranslationError extends ProxyException {
  constructor(message: string, status = 502) {
    super(message, status);
  }
}
