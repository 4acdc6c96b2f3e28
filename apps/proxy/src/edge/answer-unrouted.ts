import type { Request, Response } from 'express';

/** Replies 404 or 405 in plain text, as Ollama does on every API (protocol W7). */
export function answerUnrouted(request: Request, response: Response): void {
  const { allow } = request.routeInfo;
  response.setHeader('Content-Type', 'text/plain');
  if (allow === '') {
    response.status(404).end('404 page not found');
    return;
  }
  response.status(405).setHeader('Allow', allow).end('405 method not allowed');
}
