import type { NextFunction, Request, Response } from 'express';
import { RequestRecord, correlationIdFrom } from '#observability';
import type { RouteTable } from '../routes/route-table.js';
import { closeWithConnection } from './close-with-connection.js';
import type { RequestObserver } from './request-observer.js';

/** Clients behind a configured HTTP proxy send the whole URL, which every server has to accept (RFC 9112 §3.2.2). */
const ABSOLUTE_FORM = /^https?:\/\/[^/?]*/i;

/** Makes the request's record and id, sets the id's headers, and notifies the observers of its beginning and end. */
export function recordRequest(observers: readonly RequestObserver[], routes: RouteTable) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { headers } = request;
    const id = correlationIdFrom(headers['x-request-id'], headers['x-correlation-id']);
    // Clients join a base URL that ends in a slash with a path that begins with one (protocol C1).
    if (request.url.includes('//')) request.url = collapseSlashes(request.url.replace(ABSOLUTE_FORM, '') || '/');
    const record = new RequestRecord(id, performance.now());
    request.record = record;
    request.routeInfo = routes.find(request.method, request.path);
    response.setHeader('X-Request-ID', id);
    response.setHeader('X-Correlation-ID', id);
    closeWithConnection(response);
    if (observers.length > 0) {
      for (const observer of observers) observer.begin?.(request, record);
      response.once('close', () => {
        for (const observer of observers) observer.end(request, response, record);
      });
    }
    next();
  };
}

/** In the path only: a query may contain a URL. */
function collapseSlashes(url: string): string {
  const [path = '', ...query] = url.split('?');
  return [path.replace(/\/{2,}/g, '/'), ...query].join('?');
}
