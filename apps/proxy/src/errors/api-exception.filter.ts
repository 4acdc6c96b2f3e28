import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerUnrouted } from '../edge/answer-unrouted.js';
import { logFailure, sendError } from './send-error.js';

const logger = new Logger('Error');

/** Turns every failure before the first byte of a response into an error response, whatever the route. */
@Catch()
export class ApiExceptionFilter implements ExceptionFilter {
  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerFailure(http.getRequest<Request>(), http.getResponse<Response>(), failure);
  }
}

/** What the filter does, for requests that are refused before they have a handler. */
export function answerFailure(request: Request, response: Response, failure: unknown): void {
  if (failure instanceof Error) request.record.failure = failure;
  if (failure instanceof NotFoundException) answerUnrouted(request, response);
  else logFailure(logger, failure, sendError(request, response, failure));
}
