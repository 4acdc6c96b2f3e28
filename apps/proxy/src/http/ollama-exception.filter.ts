import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerUnrouted } from './answer-unrouted.js';
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
      answerUnrouted(request, response);
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
}
