import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Request, Response } from 'express';
import { isIPv6 } from 'node:net';
import type { Settings } from '#config';
import type { LimitState } from '#limits';
import { RateLimits } from '#limits';
import type { RequestRecord } from '#observability';
import type { RequestObserver } from '../edge/request-observer.js';
import { PublicPaths } from '../auth/public-paths.js';
import { estimateAnswer, estimatePrompt, tokensUsed, usesTokens } from './token-estimate.js';

/** In front of every route where limits are on, and nowhere otherwise. Is told when a request is over, to settle. */
@Injectable()
export class RateLimitGuard implements CanActivate, RequestObserver {
  private readonly paths: PublicPaths;

  constructor(
    private readonly limits: RateLimits,
    config: ConfigService<Settings, true>,
  ) {
    const metrics = config.get('metrics', { infer: true });
    this.paths = new PublicPaths({ metrics, access: config.get('access', { infer: true }) });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (request.path === '/' || this.paths.isOperational(request.path)) return true;
    const response = http.getResponse<Response>();
    const tokens = usesTokens(request) ? estimatePrompt(request) + estimateAnswer(request) : 0;
    const { states, reservation, refusal } = await this.limits.admit(callerOf(request), request.apiKey ?? {}, tokens);
    for (const state of states) tell(response, state);
    if (refusal) throw refusal;
    if (!reservation) return true;
    request.record.wantsUsage = true;
    request.tokenReservation = { reservation, sentBefore: request.socket.bytesWritten };
    // The client may have left while Redis was asked; then nobody tells of its end any more.
    if (response.closed) this.end(request, response, request.record);
    return true;
  }

  end(request: Request, response: Response, record: RequestRecord): void {
    if (!request.tokenReservation) return;
    const { reservation, sentBefore } = request.tokenReservation;
    delete request.tokenReservation;
    const sent = response.headersSent ? Math.max(0, request.socket.bytesWritten - sentBefore) : 0;
    const used = tokensUsed(request, record, response.statusCode, response.writableFinished, sent);
    void this.limits.settle(reservation, used);
  }
}

/** The OpenAI API's names, on both APIs. */
function tell(response: Response, { kind, limit, remaining, resetMs }: LimitState): void {
  response.setHeader(`x-ratelimit-limit-${kind}`, String(limit));
  response.setHeader(`x-ratelimit-remaining-${kind}`, String(remaining));
  response.setHeader(`x-ratelimit-reset-${kind}`, `${String(Math.max(0, Math.ceil(resetMs / 1000)))}s`);
}

/** Keys and addresses cannot be mistaken for one another. */
function callerOf({ apiKey, ip = '' }: Request): string {
  return apiKey ? `key:${apiKey.name}` : `address:${networkOf(ip)}`;
}

/** Whoever has one address of IPv6 has a whole /64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address.replace(/^::ffff:/, '');
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  return `${[...before, ...middle, ...after].slice(0, 4).join(':')}::/64`;
}
