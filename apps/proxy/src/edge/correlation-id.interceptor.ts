import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Observable, race } from 'rxjs';
import type { CancelSignal } from '#async';
import { abortReason } from '#connections';
import { requestContextOf } from './request-context.js';

/**
 * Correlates a handler with its request: establishes the request context (id, client, signal) before the handler runs, and
 * ends the wait for the handler when the signal fires, so that a request for a slow model list does not outlive its client.
 * For handlers that wait but do not stream; hot routes call `requestContextOf` through the `Context` parameter instead and
 * hand the signal to the upstream call (docs/decisions/2026-11-24-hot-path.md).
 */
@Injectable()
export class CorrelationIdInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    const { signal } = requestContextOf(http.getRequest<Request>(), http.getResponse<Response>());
    return race(next.handle(), failureOf(signal));
  }
}

/** Fails when the signal fires, and emits nothing before. */
function failureOf(signal: CancelSignal): Observable<never> {
  return new Observable((subscriber) => {
    const fail = (): void => subscriber.error(abortReason(signal));
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail, { once: true });
    return () => signal.removeEventListener('abort', fail);
  });
}
