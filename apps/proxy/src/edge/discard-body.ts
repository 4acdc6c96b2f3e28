import type { Request } from 'express';
import { BadRequestError } from '#errors';

/**
 * How long the rest of a refused body is read and thrown away. A client that is still sending does not see its answer
 * when the connection is closed under it.
 */
const DISCARD_MS = 2000;

/** After a refusal that does not wait for the body's end. */
export function discardBody(request: Request): void {
  request.unpipe();
  request.resume();
  if (request.complete) return;
  const cut = setTimeout(() => request.destroy(), DISCARD_MS);
  request.once('close', () => {
    clearTimeout(cut);
  });
}

/** `variable` is what the operator has to change. */
export function tooLarge(maxBytes: number, variable: 'REQUEST_MAX_SIZE' | 'UPLOAD_MAX_SIZE'): BadRequestError {
  return new BadRequestError(`request body too large: the limit is ${String(maxBytes)} bytes (${variable})`, 413);
}
