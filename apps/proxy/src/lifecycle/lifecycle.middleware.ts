import type { NextFunction, Request, Response } from 'express';
import type { Lifecycle } from './lifecycle.js';

/** Makes every request known to the shutdown. */
export function trackLife(lifecycle: Lifecycle) {
  return (request: Request, response: Response, next: NextFunction): void => {
    request.lifecycle = lifecycle;
    lifecycle.begin(response);
    // A client that is gone shows as `close`; without a listener the same news as `error` would end the process.
    response.on('error', () => undefined);
    next();
  };
}
