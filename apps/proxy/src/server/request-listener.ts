import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import type { RequestListener } from 'node:http';
import type { Settings } from '#config';
import { runWithRequestId } from '#observability';
import { createEdge } from '../edge/edge.js';
import type { RequestObserver } from '../edge/request-observer.js';
import { pathAndQueryOf } from '../edge/request-target.js';
import { answerFailure } from '../errors/api-exception.filter.js';
import type { RouteHandler } from '../routes/direct-routes.js';
import type { RouteInfo } from '../routes/route-table.js';

interface Routes {
  /** Handlers of routes that are found without Express. */
  readonly direct: ReadonlyMap<RouteInfo, RouteHandler>;
  readonly observers: readonly RequestObserver[];
}

/** The way of a request: its target, the edge, and its handler, which Express looks up where the route is not direct. */
export function createRequestListener(
  app: NestExpressApplication,
  settings: Settings,
  { direct, observers }: Routes,
): RequestListener {
  const express: RequestListener = app.getHttpAdapter().getInstance();
  const handle = (request: Request, response: Response, failure: unknown): void => {
    const handler = direct.get(request.routeInfo);
    if (failure !== undefined) answerFailure(request, response, failure);
    else if (handler) handler(request, response);
    else express(request, response);
  };
  const edge = createEdge(app, settings, observers, (request, response, failure) => {
    const { id, traceId } = request.record;
    // After the body: the socket's events would lose a log context that was opened before.
    runWithRequestId(id, () => handle(request, response, failure), traceId);
  });
  return (incoming, outgoing) => {
    const request = incoming as Request;
    // Express replies to some targets on its own, so they are read before it.
    const url = pathAndQueryOf(request.url);
    if (url === undefined) request.hasInvalidTarget = true;
    request.url = url ?? '/';
    request.originalUrl = request.url;
    edge(request, outgoing as Response);
  };
}
