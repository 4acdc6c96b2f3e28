import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerUnrouted } from '../edge/answer-unrouted.js';
import { logFailure, sendError } from './send-error.js';

/** Turns every failure before the first byte of a response into an error response, whatever the route. */
@Catch()
export class ApiExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('Error');

  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    if (failure instanceof Error) request.record.failure = failure;
    if (failure instanceof NotFoundException) answerUnrouted(request, response);
    else logFailure(this.logger, failure, sendError(request, response, failure));
  }
}
