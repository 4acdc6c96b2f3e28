import type { INestApplicationContext } from '@nestjs/common';
import type { Response } from 'express';
import { BadRequestError, ClientClosedError } from '#errors';
import { RequestRecord, correlationIdFrom } from '#observability';
import type { ListEntry } from '#primitives';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { RouteTable } from '../routes/route-table.js';
import { closeWithConnection } from './close-with-connection.js';
import type { EdgeCheck } from './edge.js';
import type { MemoryBudget } from './memory-budget.js';
import type { RequestObserver } from './request-observer.js';

/**
 * Makes the request's record, and follows the request to its end: observers, the shutdown, the memory of its body and the
 * signal of its calls have one listener of the response.
 */
export function beginRequest(
  observers: readonly RequestObserver[],
  budget: MemoryBudget,
  app: INestApplicationContext,
): EdgeCheck {
  const routes = app.get(RouteTable);
  const lifecycle = app.get(Lifecycle);
  const end = (response: Response, entry: ListEntry<Response>): void => {
    const { req: request } = response;
    for (const observer of observers) observer.end(request, response, request.record);
    // Otherwise what the answer was made of becomes old with the record (test/e2e/young-generation.spec.ts).
    request.record.answer = undefined;
    lifecycle.removeResponse(entry);
    budget.release(request.heldBytes);
    if (!response.writableFinished) request.context?.signal.abort(new ClientClosedError());
  };
  return (request, response) => {
    const { headers } = request;
    const id = correlationIdFrom(headers['x-request-id'], headers['x-correlation-id']);
    const record = new RequestRecord(id, performance.now());
    request.record = record;
    request.lifecycle = lifecycle;
    request.heldBytes = 0;
    request.sentBefore = request.socket.bytesWritten;
    request.routeInfo = request.hasInvalidTarget ? routes.none : routes.find(request.method, request.path);
    closeWithConnection(response);
    // A client that disconnects is handled on 'close'; an 'error' without a listener would end the process.
    response.on('error', ignore);
    for (const observer of observers) observer.begin?.(request, record, response);
    const entry = lifecycle.addResponse(response);
    response.once('close', () => end(response, entry));
    if (request.hasInvalidTarget) throw new BadRequestError('invalid request target');
    return true;
  };
}

function ignore(): void {
  // See above.
}
