import type { Request, Response } from 'express';
import { UnsupportedError } from '#errors';
import { ERROR_FORMATS } from '../errors/error-format.js';
import { sendError } from '../errors/send-error.js';

/** Replies 404 or 405 in plain text, as Ollama does on every API (protocol W7) but the Messages API. */
export function answerUnrouted(request: Request, response: Response): void {
  const { allow, errors } = request.routeInfo;
  if (allow === '' && errors === ERROR_FORMATS.anthropic) {
    sendError(request, response, new UnsupportedError('this server has no such API', 404));
    return;
  }
  response.setHeader('Content-Type', 'text/plain');
  if (allow === '') {
    response.status(404).end('404 page not found');
    return;
  }
  response.status(405).setHeader('Allow', allow).end('405 method not allowed');
}
