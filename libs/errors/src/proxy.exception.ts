export interface ProxyExceptionOptions extends ErrorOptions {
  /** `Retry-After` for the client: whole seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
}

/**
 * Base class of all failures. `message` is sent to the client and never contains a key, a prompt or a payload; details
 * belong into `cause`, which is logged.
 */
export class ProxyException extends Error {
  readonly retryAfter: string | undefined;

  constructor(
    message: string,
    /** HTTP status, if no byte of the response has been sent. */
    readonly status: number,
    options: ProxyExceptionOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryAfter = options.retryAfter;
  }
}

/** The request is invalid or not supported. */
export class BadRequestError extends ProxyException {
  constructor(message: string, status = 400) {
    super(message, status);
  }
}

/** A feature that no upstream of this kind has. A repeated request fails the same way, which clients learn from a header. */
export class UnsupportedError extends BadRequestError {
  constructor(message: string, status: 400 | 404 = 400) {
    super(message, status);
  }
}

/** The conversation exceeds the context of the model, in the upstream's words. Clients shorten it for its code. */
export class ContextLengthError extends BadRequestError {
  constructor(message: string) {
    super(message, 400);
  }
}

/** The response that a request continues is not stored here, or not any more. */
export class PreviousResponseError extends UnsupportedError {
  readonly code = 'previous_response_not_found';
  readonly param = 'previous_response_id';

  constructor(message: string) {
    super(message, 400);
  }
}

/** Unknown model. The text differs by route (protocol W9), so the caller passes it. */
export class ModelNotFoundError extends ProxyException {
  constructor(message: string) {
    super(message, 404);
  }
}

/** No valid key. The reason is not disclosed. */
export class UnauthorizedError extends ProxyException {
  constructor() {
    super('unauthorized', 401);
  }
}

/** A rate limit of the caller is exceeded. */
export class RateLimitError extends ProxyException {
  constructor(
    message: string,
    /** What the limit counts. */
    readonly limit: 'requests' | 'tokens' | 'failures',
    retryAfterMs: number,
  ) {
    super(message, 429, { retryAfter: String(Math.max(1, Math.ceil(retryAfterMs / 1000))) });
  }
}

/** The client disconnected. 499 appears in logs only. */
export class ClientClosedError extends ProxyException {
  constructor() {
    super('request canceled', 499);
  }
}

/** Queue full or process overloaded, with Ollama's text, on which clients retry (protocol W11). */
export class OverloadedError extends ProxyException {
  constructor(retryAfterSeconds = 1) {
    super('server busy, please try again.  maximum pending requests exceeded', 503, {
      retryAfter: String(retryAfterSeconds),
    });
  }
}

/** The circuit breaker of the upstream is open. */
export class CircuitOpenError extends ProxyException {
  constructor(retryAfterMs: number) {
    const seconds = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
    super(`upstream error: circuit open after too many failures, retry in ${seconds} s`, 503, { retryAfter: seconds });
  }
}

/** The request came back to this proxy. No retry helps, and 508 is not retried. */
export class LoopError extends ProxyException {
  constructor() {
    super('the request came back to this proxy: the base URL of an upstream leads to the proxy itself', 508);
  }
}

/** The process shut down before the response was complete. Another instance may serve a retry. */
export class ShutdownError extends ProxyException {
  constructor() {
    super('the server is shutting down', 503, { retryAfter: '1' });
  }
}
