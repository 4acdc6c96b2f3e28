import type { ExecutionContext } from '@nestjs/common';
import { createParamDecorator } from '@nestjs/common';
import type { Request, Response } from 'express';
import { parseGoJson } from '#translation';
import type { CallContext } from '#upstream';
import { clientKeyOf } from './client-key.js';

/** What a handler needs to know of its request besides the body. */
export interface RequestCall extends CallContext {
  /** When the request came in, in monotonic milliseconds. */
  readonly received: number;
}

declare module 'express-serve-static-core' {
  interface Request {
    call?: RequestCall;
  }
}

/** Made by the correlation interceptor: the id, and a signal that fires when the client leaves before its answer. */
export function createCall(request: Request, response: Response): RequestCall {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  const clientKey = clientKeyOf(request);
  const { id, received } = request.scope;
  return { correlationId: id, received, signal: controller.signal, ...(clientKey !== undefined && { clientKey }) };
}

/** The call of this request. */
export const Call = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const request = http.getRequest<Request>();
  return (request.call ??= createCall(request, http.getResponse<Response>()));
});

/** The body, parsed as Go does. @throws BadRequestError */
export const JsonBody = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  parseGoJson(context.switchToHttp().getRequest<Request>().bodyText ?? ''),
);
