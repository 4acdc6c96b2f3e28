import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { allowedMethods } from './allowed-methods.js';
import { logFailure } from './log-failure.js';
import { toOllamaError } from './ollama-error.js';

/** Everything that fails before the first byte of an answer ends here. */
@Catch()
export class OllamaExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('Error');

  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    if (failure instanceof NotFoundException) {
      this.answerUnrouted(request, response);
      return;
    }
    const { status, body, retryAfter } = toOllamaError(failure);
    logFailure(this.logger, failure, status);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (retryAfter) response.setHeader('Retry-After', retryAfter);
    response.status(status).setHeader('Content-Type', 'application/json; charset=utf-8').end(JSON.stringify(body));
  }

  /** Plain texts, as the contract has them (§0). */
  private answerUnrouted(request: Request, response: Response): void {
    const allowed = allowedMethods(request.app, request.path);
    response.setHeader('Content-Type', 'text/plain');
    if (allowed.length === 0) {
      response.status(404).end('404 page not found');
      return;
    }
    response.status(405).setHeader('Allow', allowed.join(', ')).end('405 method not allowed');
  }
}
