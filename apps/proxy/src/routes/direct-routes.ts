import { ExpressAdapter } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import type { RouteInfo, RouteTable } from './route-table.js';

/** Runs a route. It is the only one of its path, so there is no next one. */
export type RouteHandler = (request: Request, response: Response) => unknown;

/**
 * Nest's adapter for Express, which also keeps the handlers that Nest compiles: each with its guards, pipes, interceptors
 * and filters. A request for a route that runs a model goes to its handler without Express, whose search through all
 * routes had about 5 % of the CPU time of a chat (bench/NOTES.md).
 */
export class DirectRoutes extends ExpressAdapter {
  private readonly posts = new Map<unknown, RouteHandler>();

  /** Called by Nest for each POST route. */
  override post(path: unknown, handler?: RouteHandler): unknown {
    if (!handler) return super.post(path as RouteHandler);
    // As in Express, the first handler of a path is the one that runs.
    if (!this.posts.has(path)) this.posts.set(path, handler);
    return super.post(path, handler);
  }

  /** The handlers of the routes that run a model, by what the table has of them. */
  handlersOf(table: RouteTable): ReadonlyMap<RouteInfo, RouteHandler> {
    const handlers = new Map<RouteInfo, RouteHandler>();
    for (const { method, path, declaration } of table.routes) {
      const handler = method === 'POST' && declaration.genAi !== undefined ? this.posts.get(path) : undefined;
      if (handler) handlers.set(table.find(method, path), handler);
    }
    return handlers;
  }
}
