import type { Request } from 'express';
import { BadRequestError } from '#errors';

/**
 * How long the rest of a refused body is read and dropped. A client that is still sending does not see its response when
 * the connection is closed.
 */
const DISCARD_TIMEOUT_MS = 2000;

/** Reads and drops the rest of a body after a refusal that does not wait for it. */
export function discardBody(request: Request): void {
  request.unpipe();
  request.resume();
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), DISCARD_TIMEOUT_MS);
  request.once('close', () => {
    clearTimeout(timer);
  });
}

/** @param variable the variable that sets the limit */
export function tooLarge(maxBytes: number, variable: 'REQUEST_MAX_SIZE' | 'UPLOAD_MAX_SIZE'): BadRequestError {
  return new BadRequestError(`request body too large: the limit is ${String(maxBytes)} bytes (${variable})`, 413);
}
