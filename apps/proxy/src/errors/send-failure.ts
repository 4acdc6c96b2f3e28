import type { Request, Response } from 'express';
import { breakOff } from './break-off.js';
import { formatError } from './error-format.js';

/** A failure before the first byte, in the words of the API that the path belongs to. Says which status it became. */
export function sendFailure(request: Request, response: Response, failure: unknown): number {
  const { status, body, retryAfter } = formatError(request.path, failure);
  if (response.headersSent || response.destroyed) {
    breakOff(response);
    return status;
  }
  if (retryAfter) response.setHeader('Retry-After', retryAfter);
  response.status(status).setHeader('Content-Type', 'application/json; charset=utf-8').end(body);
  return status;
}
