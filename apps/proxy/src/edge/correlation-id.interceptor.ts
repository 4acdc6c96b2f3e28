import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { createRequestContext } from './request-context.js';

/**
 * Carries the id and the client's presence from the middleware into the handler, and from there to the backend. On the
 * routes of text and vectors the `Call` parameter does it alone, since an interceptor costs each request a chain of
 * observables (docs/decisions/2026-11-24-hot-path.md).
 */
@Injectable()
export class CorrelationIdInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    request.context ??= createRequestContext(request, http.getResponse<Response>());
    return next.handle();
  }
}
