import type { Request, Response } from 'express';
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

/**
 * Sends the last bytes of a response; it ends when the body of its request has. Node closes a connection that is not kept
 * alive with the response, and a client that is still sending would get a reset in place of what it has not read.
 */
export function endAfterBody(request: Request, response: Response, body: string): void {
  const hasBody =
    Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined;
  if (!hasBody || request.complete || request.destroyed) {
    response.end(body);
    return;
  }
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.write(body);
  const end = (): void => void response.end();
  const timer = setTimeout(end, DISCARD_TIMEOUT_MS);
  response.once('close', () => {
    clearTimeout(timer);
  });
  request.once('end', end).resume();
}

/** @param variable the variable that sets the limit */
export function tooLarge(maxBytes: number, variable: 'REQUEST_MAX_SIZE' | 'UPLOAD_MAX_SIZE'): BadRequestError {
  return new BadRequestError(`request body too large: the limit is ${String(maxBytes)} bytes (${variable})`, 413);
}
