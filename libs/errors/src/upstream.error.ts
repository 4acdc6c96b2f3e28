import { ProxyException } from './proxy.exception.js';

export interface UpstreamErrorDetails {
  /** Status for the client. */
  status: number;
  /** Status the backend answered with, if it did. */
  upstreamStatus?: number;
  /** `Retry-After` of the backend, passed on. */
  retryAfter?: string;
  /** The backend does not have the model that was asked for. */
  isModelNotFound?: boolean;
  /** What came with the refusal, without secrets: what a backend dislikes is learned from it. */
  body?: string;
  cause?: unknown;
}

/** The backend refused, broke off, fell silent or could not be reached. */
export class UpstreamError extends ProxyException {
  readonly upstreamStatus: number | undefined;
  readonly retryAfter: string | undefined;
  readonly isModelNotFound: boolean;
  readonly body: string;

  constructor(message: string, details: UpstreamErrorDetails) {
    super(message, details.status, details.cause === undefined ? undefined : { cause: details.cause });
    this.upstreamStatus = details.upstreamStatus;
    this.retryAfter = details.retryAfter;
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
