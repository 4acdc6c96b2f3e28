import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { ModelCatalogue } from '#models';

/** Sets `X-Catalogue-Stale`, the age in seconds, on responses made from a model list whose last refresh failed. */
@Injectable()
export class StaleListInterceptor implements NestInterceptor {
  constructor(private readonly catalogue: ModelCatalogue) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const seconds = this.catalogue.staleSeconds;
    if (seconds !== undefined) {
      context.switchToHttp().getResponse<Response>().setHeader('X-Catalogue-Stale', String(seconds));
    }
    return next.handle();
  }
}
