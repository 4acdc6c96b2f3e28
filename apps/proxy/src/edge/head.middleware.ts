import { NotFoundException } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

/** Where Ollama has HEAD (protocol W8). Express has it wherever there is a GET. */
const ANSWERS_HEAD = /^\/($|api\/(version|tags)\/?$|api\/blobs\/|(?!api\/))/;

/** Elsewhere HEAD is a method that the route does not have. */
export function refuseHead(request: Request, _response: Response, next: NextFunction): void {
  if (request.method === 'HEAD' && !ANSWERS_HEAD.test(request.path)) next(new NotFoundException());
  else next();
}
