import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerUnrouted } from '../http/answer-unrouted.js';
import { logFailure } from '../http/log-failure.js';
import { toOpenAiError } from './openai-error.js';

/** Failures of `/v1` routes before the first byte. */
@Catch()
export class OpenAiExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('Error');

  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    if (failure instanceof NotFoundException) {
      answerUnrouted(http.getRequest<Request>(), response);
      return;
    }
    const { status, body, retryAfter } = toOpenAiError(failure);
    logFailure(this.logger, failure, status);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (retryAfter) response.setHeader('Retry-After', retryAfter);
    response.status(status).setHeader('Content-Type', 'application/json; charset=utf-8').end(body);
  }
}
