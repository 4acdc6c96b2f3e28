import type { NextFunction, Request, Response } from 'express';
import type { ExtractedBase64 } from '#contracts';
import { RequestRecord, correlationIdFrom } from '#observability';
import type { RequestObserver } from './request-observer.js';

declare module 'express-serve-static-core' {
  interface Request {
    /** Written by whoever works for this request. */
    record: RequestRecord;
    /** The body as text; absent for methods without one. */
    bodyText?: string;
    /** What was taken out of that text. */
    attachments?: ExtractedBase64;
  }
}

/** Programs behind a configured HTTP proxy name the whole URL; every server has to take it (RFC 9112 §3.2.2). */
const ABSOLUTE_FORM = /^https?:\/\/[^/?]*/i;

/**
 * First in line, before the body is read, so that every answer carries its id, malformed bodies and unknown routes
 * included. Tells the observers when a request begins and when it is over.
 */
export function requestRecord(observers: readonly RequestObserver[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { headers } = request;
    const id = correlationIdFrom(headers['x-request-id'], headers['x-correlation-id']);
    // Clients join a base URL that ends in a slash with a path that begins with one (clients §5.1).
    if (request.url.includes('//')) request.url = collapseSlashes(request.url.replace(ABSOLUTE_FORM, '') || '/');
    const record = new RequestRecord(id, performance.now());
    request.record = record;
    response.setHeader('X-Request-ID', id);
    response.setHeader('X-Correlation-ID', id);
    if (observers.length > 0) {
      for (const observer of observers) observer.begin?.(request, record);
      response.once('close', () => {
        for (const observer of observers) observer.end(request, response, record);
      });
    }
    next();
  };
}

/** In the path only; a query may hold a URL. */
function collapseSlashes(url: string): string {
  const [path = '', ...query] = url.split('?');
  return [path.replace(/\/{2,}/g, '/'), ...query].join('?');
}
