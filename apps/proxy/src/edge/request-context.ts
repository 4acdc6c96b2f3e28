import type { ExecutionContext } from '@nestjs/common';
import { createParamDecorator } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Cancellation, runSteps } from '#async';
import { ClientClosedError, ShutdownError } from '#errors';
import type { RequestRecord } from '#observability';
import { readGoJson } from '#translation';
import type { UpstreamRequestContext } from '#connections';
import { callerOf } from '../auth/caller.js';
import { clientKeyOf } from '../auth/client-key.js';
import type { ModelAccess } from '../auth/model-access.js';
import { modelAccessOf } from '../auth/model-access.js';

/** What a handler needs of its request besides the body. */
export interface RequestContext extends UpstreamRequestContext {
  /** Time of arrival in monotonic milliseconds. */
  readonly received: number;
  readonly record: RequestRecord;
  /** The models that the request may use. */
  readonly access: ModelAccess;
  readonly signal: Cancellation;
}

/**
 * The context of a request, created by the first call: its correlation id, and a signal that fires with a ProxyException
 * when the client leaves before its response is complete, or when the drain at shutdown is over. After every further wait
 * `signal.throwIfAborted()` ends a request without a client.
 * @throws ClientClosedError when the client has already left
 */
export function requestContextOf(request: Request, response: Response): RequestContext {
  return (request.context ??= createRequestContext(request, response));
}

/**
 * To be called after every wait before the request context exists: 'close' may have fired already, and fires only once.
 * @throws ClientClosedError
 */
export function checkConnected(response: Response): void {
  if (response.destroyed || response.closed) throw new ClientClosedError();
}

function createRequestContext(request: Request, response: Response): RequestContext {
  checkConnected(response);
  const signal = new Cancellation();
  if (request.lifecycle.isAborting) signal.abort(new ShutdownError());
  const { record, extractedBase64, hasOtherCallers, via } = request;
  return {
    correlationId: record.id,
    received: record.received,
    record,
    access: modelAccessOf(request),
    signal,
    caller: callerOf(request),
    hasOtherCallers,
    // An API key of this proxy is never sent to an upstream.
    clientKey: request.apiKey ? undefined : clientKeyOf(request),
    extractedBase64,
    via,
  };
}

/** The request's context as a parameter of a handler. */
export const Context = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  return requestContextOf(http.getRequest<Request>(), http.getResponse<Response>());
});

/** The body, parsed as Go does; a long one in turns of its own. @throws BadRequestError */
export const JsonBody = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const request = http.getRequest<Request>();
  const text = takeBodyText(request);
  const { signal } = requestContextOf(request, http.getResponse<Response>());
  return runSteps(readGoJson(text), text.length, signal);
});

/** The text of the body, which the request holds no longer. */
export function takeBodyText(request: Request): string {
  const { bodyText = '' } = request;
  request.bodyText = undefined;
  return bodyText;
}
