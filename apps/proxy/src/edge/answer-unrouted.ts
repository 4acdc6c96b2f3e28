import type { Request, Response } from 'express';
import { allowedMethods } from './allowed-methods.js';

/** Replies 404 or 405 in plain text, as Ollama does on every API (protocol W7). */
export function answerUnrouted(request: Request, response: Response): void {
  const allowed = allowedMethods(request.app, request.path);
  response.setHeader('Content-Type', 'text/plain');
  if (allowed.length === 0) {
    response.status(404).end('404 page not found');
    return;
  }
  response.status(405).setHeader('Allow', allowed.join(', ')).end('405 method not allowed');
}
