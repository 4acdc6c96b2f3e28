import { NotFoundException } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

/** Where Ollama answers HEAD (contract §1). Express would answer it wherever there is a GET. */
const ANSWERS_HEAD = /^\/($|api\/(version|tags)\/?$|api\/blobs\/|(?!api\/))/;

/** HEAD elsewhere is a method that the route does not have. */
export function refuseHead(request: Request, _response: Response, next: NextFunction): void {
  if (request.method === 'HEAD' && !ANSWERS_HEAD.test(request.path)) next(new NotFoundException());
  else next();
}
