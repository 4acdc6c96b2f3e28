import type { Request, Response } from 'express';
import { allowedMethods } from './allowed-methods.js';

/** No such path, or no such method there: plain texts, on every API alike (contract §0). */
export function answerUnrouted(request: Request, response: Response): void {
  const allowed = allowedMethods(request.app, request.path);
  response.setHeader('Content-Type', 'text/plain');
  if (allowed.length === 0) {
    response.status(404).end('404 page not found');
    return;
  }
  response.status(405).setHeader('Allow', allowed.join(', ')).end('405 method not allowed');
}
