/**
 * The root of every failure this service knows. `message` is fit for the client: it never holds a key, a prompt or a
 * payload; what lies behind it goes into `cause` and to the log.
 */
export class ProxyException extends Error {
  constructor(
    message: string,
    /** HTTP status when no byte has left yet. */
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
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

/** The client left; nobody reads the answer. 499 is what logs show. */
export class ClientClosedError extends ProxyException {
  constructor() {
    super('request canceled', 499);
  }
}
