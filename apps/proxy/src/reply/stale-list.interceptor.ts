import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { CatalogueService } from '#models';

/** Marks lists and descriptions that come from a list which could not be read again: `X-Catalogue-Stale`, its age in seconds. */
@Injectable()
export class StaleListInterceptor implements NestInterceptor {
  constructor(private readonly catalogue: CatalogueService) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const seconds = this.catalogue.staleSeconds;
    if (seconds !== undefined) {
      context.switchToHttp().getResponse<Response>().setHeader('X-Catalogue-Stale', String(seconds));
    }
    return next.handle();
  }
}
