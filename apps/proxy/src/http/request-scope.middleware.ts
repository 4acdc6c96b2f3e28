import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { correlationIdFrom } from '#observability';

/** What the first middleware knows of a request. */
interface RequestScope {
  readonly id: string;
  /** Monotonic milliseconds. */
  readonly received: number;
}

declare module 'express-serve-static-core' {
  interface Request {
    scope: RequestScope;
    /** The body as text; absent for methods without one. */
    bodyText?: string;
  }
}

/** Longest path that is logged. */
const MAX_LOGGED_PATH = 200;

/**
 * First in line, before the body is read, so that every answer carries its id, malformed bodies and unknown routes
 * included. Writes one line a request when it is over; with that level off it costs nothing.
 */
export function requestScope(logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { headers } = request;
    const id = correlationIdFrom(headers['x-request-id'], headers['x-correlation-id']);
    // Clients join a base URL that ends in a slash with a path that begins with one (clients §5.1).
    if (request.url.includes('//')) request.url = collapseSlashes(request.url);
    request.scope = { id, received: performance.now() };
    response.setHeader('X-Request-ID', id);
    response.setHeader('X-Correlation-ID', id);
    if (logger.isLevelEnabled('info')) response.once('close', () => logRequest(logger, request, response));
    next();
  };
}

/** In the path only; a query may hold a URL. */
function collapseSlashes(url: string): string {
  const [path = '', ...query] = url.split('?');
  return [path.replace(/\/{2,}/g, '/'), ...query].join('?');
}

function logRequest(logger: Logger, request: Request, response: Response): void {
  const { id, received } = request.scope;
  const path = request.originalUrl.split('?', 1)[0]?.slice(0, MAX_LOGGED_PATH);
  const aborted = !response.writableFinished;
  logger.info(
    {
      requestId: id,
      method: request.method,
      path,
      status: response.headersSent ? response.statusCode : 499,
      ms: Math.round(performance.now() - received),
      ...(aborted && { aborted }),
    },
    'request',
  );
}
