import { NotFoundException } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

/** Refuses HEAD where no route declares it (protocol W8): Express would run the GET handler. */
export function refuseHead(request: Request, _response: Response, next: NextFunction): void {
  if (request.method === 'HEAD' && !request.routeInfo.isRouted) next(new NotFoundException());
  else next();
}
