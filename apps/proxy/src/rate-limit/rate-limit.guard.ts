import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { LimitState } from '#limits';
import { RateLimits } from '#limits';
import type { RequestObserver } from '../edge/request-observer.js';
import { checkConnected } from '../edge/request-context.js';
import { callerOf } from '../auth/caller.js';
import { estimateAnswer, estimatePrompt, tokensUsed, usesTokens } from './token-estimate.js';

/** Reserves a request and its tokens before the handler, and settles the reservation when the request is over. */
@Injectable()
export class RateLimitGuard implements CanActivate, RequestObserver {
  constructor(private readonly limits: RateLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!request.routeInfo.isLimited) return true;
    const response = http.getResponse<Response>();
    const promptEstimate = estimatePrompt(request);
    const tokens = usesTokens(request) ? promptEstimate + estimateAnswer(request) : 0;
    const { states, reservation, refusal } = await this.limits.admit(callerOf(request), request.apiKey ?? {}, tokens);
    if (reservation) {
      request.record.wantsUsage = true;
      request.tokenReservation = { reservation, promptEstimate };
      // If the client disconnected during the wait, 'close' has already fired and nothing else would settle.
      if (response.destroyed || response.closed) this.end(request, response);
    }
    checkConnected(response);
    for (const state of states) setHeaders(response, state);
    if (refusal) throw refusal;
    return true;
  }

  end(request: Request, response: Response): void {
    if (!request.tokenReservation) return;
    const { reservation, promptEstimate } = request.tokenReservation;
    delete request.tokenReservation;
    const sentBytes = response.headersSent ? Math.max(0, request.socket.bytesWritten - request.sentBefore) : 0;
    const { statusCode: status, writableFinished: isWhole } = response;
    const used = tokensUsed(request, { promptEstimate, status, isWhole, sentBytes });
    void this.limits.settle(reservation, used);
  }
}

/** The OpenAI API's header names, on every API. */
function setHeaders(response: Response, { kind, limit, remaining, resetMs }: LimitState): void {
  response.setHeader(`x-ratelimit-limit-${kind}`, String(limit));
  response.setHeader(`x-ratelimit-remaining-${kind}`, String(remaining));
  response.setHeader(`x-ratelimit-reset-${kind}`, `${String(Math.max(0, Math.ceil(resetMs / 1000)))}s`);
}
