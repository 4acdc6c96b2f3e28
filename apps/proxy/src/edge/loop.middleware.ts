import type { NextFunction, Request, Response } from 'express';
import { extendVia } from '#connections';
import { discardBody } from './discard-body.js';

/** Refuses a request that this proxy has sent itself, and keeps the `Via` of proxies before it for its upstream. */
export function refuseLoop(pseudonym: string) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const { via } = request.headers;
    if (via === undefined) {
      next();
      return;
    }
    try {
      const extended = extendVia(via, pseudonym);
      if (extended !== undefined) request.via = extended;
      next();
    } catch (error) {
      discardBody(request);
      next(error);
    }
  };
}
