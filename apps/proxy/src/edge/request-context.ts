import type { ExecutionContext } from '@nestjs/common';
import { createParamDecorator } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { RequestRecord } from '#observability';
import { parseGoJson } from '#translation';
import type { UpstreamRequestContext } from '#connections';
import { clientKeyOf } from '../auth/client-key.js';
import type { ModelAccess } from '../auth/model-access.js';
import { modelAccessOf } from '../auth/model-access.js';

/** What a handler needs to know of its request besides the body. */
export interface RequestContext extends UpstreamRequestContext {
  /** When the request came in, in monotonic milliseconds. */
  readonly received: number;
  readonly record: RequestRecord;
  /** The models it may use. */
  readonly access: ModelAccess;
}

/** The id, and a signal that fires when the client leaves before its answer, or when the shutdown does not wait longer. */
export function createRequestContext(request: Request, response: Response): RequestContext {
  const controller = new AbortController();
  const { lifecycle } = request;
  lifecycle.enter(controller);
  response.once('close', () => {
    lifecycle.leave(controller);
    if (!response.writableFinished) controller.abort();
  });
  // A key of this proxy is nobody else's business.
  const clientKey = request.apiKey ? undefined : clientKeyOf(request);
  const { record, extractedBase64 } = request;
  return {
    correlationId: record.id,
    received: record.received,
    record,
    access: modelAccessOf(request),
    signal: controller.signal,
    // A getter: `request.ip` walks the forwarded addresses, and few calls have to queue.
    get caller() {
      return request.apiKey?.name ?? request.ip ?? '';
    },
    ...(clientKey !== undefined && { clientKey }),
    ...(extractedBase64 && { extractedBase64 }),
  };
}

/** The call of this request. */
export const Context = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const request = http.getRequest<Request>();
  return (request.context ??= createRequestContext(request, http.getResponse<Response>()));
});

/** The body, parsed as Go does. @throws BadRequestError */
export const JsonBody = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  parseGoJson(context.switchToHttp().getRequest<Request>().bodyText ?? ''),
);
