export interface ProxyExceptionOptions extends ErrorOptions {
  /** `Retry-After` for the client: whole seconds or a date. */
  readonly retryAfter?: string | undefined;
}

/**
 * The root of every failure this service knows. `message` is fit for the client: it never holds a key, a prompt or a
 * payload; what lies behind it goes into `cause` and to the log.
 */
export class ProxyException extends Error {
  readonly retryAfter: string | undefined;

  constructor(
    message: string,
    /** HTTP status when no byte has left yet. */
    readonly status: number,
    options: ProxyExceptionOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryAfter = options.retryAfter;
  }
}

/** The client sent something that cannot be served. */
export class BadRequestError extends ProxyException {
  constructor(message: string, status = 400) {
    super(message, status);
  }
}

/** No such model. Each route words this in its own way (contract §0), so the text comes from the caller. */
export class ModelNotFoundError extends ProxyException {
  constructor(message: string) {
    super(message, 404);
  }
}

/** No key, or none that is known and valid: which of them is nobody's business. */
export class UnauthorizedError extends ProxyException {
  constructor() {
    super('unauthorized', 401);
  }
}

/** More than a caller may ask for within a while. */
export class RateLimitError extends ProxyException {
  constructor(
    message: string,
    /** What there was too much of. */
    readonly limit: 'requests' | 'tokens' | 'failures',
    retryAfterMs: number,
  ) {
    super(message, 429, { retryAfter: String(Math.max(1, Math.ceil(retryAfterMs / 1000))) });
  }
}

/** The client left; nobody reads the answer. 499 is what logs show. */
export class ClientClosedError extends ProxyException {
  constructor() {
    super('request canceled', 499);
  }
}

/** More at once than can be served or may wait; in Ollama's words (contract §0), on which clients try again. */
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

/** The process ends, and the answer was not done when its time was up. Another one may serve the next try. */
export class ShutdownError extends ProxyException {
  constructor() {
    super('the server is shutting down', 503, { retryAfter: '1' });
  }
}
