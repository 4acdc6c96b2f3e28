import type { Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ClientClosedError, ProxyException } from '#errors';
import { endAfterBody } from '../edge/discard-body.js';
import { toErrorResponse } from './error-format.js';

/**
 * Sends a failure in the format of the API that the path belongs to. A response that has begun is cut instead.
 * @returns the status of the failure
 */
export function sendError(request: Request, response: Response, failure: unknown): number {
  const { errors } = request.routeInfo;
  const { status, body, retryAfter, isFinal } = toErrorResponse(errors, failure);
  if (response.headersSent || response.destroyed) {
    cutResponse(response);
    return status;
  }
  if (retryAfter) response.setHeader('Retry-After', retryAfter);
  if (isFinal && errors.hasRetryHeader) response.setHeader('X-Should-Retry', 'false');
  response.status(status).setHeader('Content-Type', 'application/json; charset=utf-8');
  endAfterBody(request, response, body);
  return status;
}

/**
 * Ends a response so that the client cannot take it for complete. A pipelined response that waits for the one before it
 * has no socket yet, and `destroy` would leave its client waiting: then the connection is closed with all that is on it.
 */
export function cutResponse(response: Response): void {
  // A complete response has no socket either; its connection may serve another one by now.
  if (response.writableFinished) return;
  if (response.socket) response.destroy();
  else response.req.socket.destroy();
}

/** One log line: with the stack for a fault of ours, short for a failure of the upstream or a mistake of the client. */
export function logFailure(logger: Logger, failure: unknown, status: number): void {
  if (failure instanceof ClientClosedError) return;
  if (!(failure instanceof ProxyException) && status >= 500) {
    logger.error({ err: failure, status }, 'request failed');
    return;
  }
  if (!(failure instanceof Error)) return;
  const { name, message, cause } = failure;
  const reason = { kind: name, status, reason: message, ...(cause instanceof Error && { cause: cause.message }) };
  if (status >= 500) logger.error(reason, 'request failed');
  else logger.debug(reason, 'request refused');
}
