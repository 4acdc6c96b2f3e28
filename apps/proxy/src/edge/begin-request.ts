import type { INestApplicationContext } from '@nestjs/common';
import { BadRequestError } from '#errors';
import { RequestRecord, correlationIdFrom } from '#observability';
import { ERROR_FORMATS } from '../errors/error-format.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { RouteTable } from '../routes/route-table.js';
import { closeWithConnection } from './close-with-connection.js';
import type { EdgeCheck } from './edge.js';
import type { RequestObserver } from './request-observer.js';

/** Every part that follows a response listens for its end, some ten of them; Node warns of an eleventh listener as a leak. */
const MAX_LISTENERS = 20;

/**
 * Makes the request's record and id, sets the id's headers, registers the request with the shutdown, and notifies the
 * observers of its beginning and end.
 */
export function beginRequest(observers: readonly RequestObserver[], app: INestApplicationContext): EdgeCheck {
  const routes = app.get(RouteTable);
  const lifecycle = app.get(Lifecycle);
  return (request, response) => {
    const { headers } = request;
    const id = correlationIdFrom(headers['x-request-id'], headers['x-correlation-id']);
    const record = new RequestRecord(id, performance.now());
    request.record = record;
    request.lifecycle = lifecycle;
    request.routeInfo = request.hasInvalidTarget ? routes.none : routes.find(request.method, request.path);
    response.setMaxListeners(MAX_LISTENERS);
    response.setHeader('X-Request-ID', id);
    response.setHeader('X-Correlation-ID', id);
    // The SDKs of this API show it with an error.
    if (request.routeInfo.errors === ERROR_FORMATS.anthropic) response.setHeader('Request-ID', id);
    closeWithConnection(response);
    // A client that disconnects is handled on 'close'; an 'error' without a listener would end the process.
    response.on('error', ignore);
    for (const observer of observers) observer.begin?.(request, record);
    response.once('close', () => {
      for (const observer of observers) observer.end(request, response, record);
    });
    lifecycle.addResponse(response);
    if (request.hasInvalidTarget) throw new BadRequestError('invalid request target');
    return true;
  };
}

function ignore(): void {
  // See above.
}
