import { NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { discardBody } from './discard-body.js';

/**
 * Replies to every method and path that no route declares, before the body is read: 404 or 405 (protocol W7), and the list
 * of methods for OPTIONS. Express would run the GET handler for HEAD, and an open path would take any method.
 */
export function checkMethod(request: Request, response: Response): boolean {
  const { isRouted, allow } = request.routeInfo;
  if (isRouted) return true;
  if (request.method !== 'OPTIONS' || allow === '') throw new NotFoundException();
  discardBody(request);
  response.writeHead(204, { Allow: allow }).end();
  return false;
}
