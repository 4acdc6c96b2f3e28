import type { NextFunction, Request, Response } from 'express';
import { isAllowedHost, isNamedHost, OriginRules } from '#access';

/** What the response to a preflight allows (protocol W39). */
const ALLOWED_METHODS = 'GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS';
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'User-Agent',
  'Accept',
  'X-Requested-With',
  'X-Request-ID',
  'X-Correlation-ID',
  'X-Api-Key',
  'Anthropic-Version',
  'OpenAI-Beta',
  'x-stainless-arch',
  'x-stainless-async',
  'x-stainless-custom-poll-interval',
  'x-stainless-helper-method',
  'x-stainless-lang',
  'x-stainless-os',
  'x-stainless-package-version',
  'x-stainless-poll-helper',
  'x-stainless-retry-count',
  'x-stainless-runtime',
  'x-stainless-runtime-version',
  'x-stainless-timeout',
].join(',');
const PREFLIGHT_SECONDS = '43200';

/**
 * Decides which pages may call, as Ollama does: by origin, then, for a server on loopback, by the Host header. A refusal is
 * an empty 403.
 */
export function checkOrigin(origins: readonly string[], isLoopback: boolean) {
  const rules = new OriginRules(origins);
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin, host } = request.headers;
    const isCrossOrigin = origin !== undefined && origin !== '' && !isSameOrigin(origin, host);
    if (isCrossOrigin) {
      if (!rules.allows(origin)) {
        refuse(response);
        return;
      }
      response.setHeader('Access-Control-Allow-Origin', rules.allowsAll ? '*' : origin);
      if (!rules.allowsAll) response.setHeader('Vary', 'Origin');
      if (request.method === 'OPTIONS') {
        answerPreflight(response);
        return;
      }
    }
    if (isLoopback && !isAllowedHost(host)) refuse(response);
    // By address, Ollama routes the method; by name, its check of the host answers.
    else if (isLoopback && !isCrossOrigin && request.method === 'OPTIONS' && isNamedHost(host))
      response.writeHead(204).end();
    else next();
  };
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return origin === `http://${host ?? ''}` || origin === `https://${host ?? ''}`;
}

function answerPreflight(response: Response): void {
  response.setHeader('Access-Control-Allow-Methods', ALLOWED_METHODS);
  response.setHeader('Access-Control-Allow-Headers', ALLOWED_HEADERS);
  response.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  response.appendHeader('Vary', 'Access-Control-Request-Method, Access-Control-Request-Headers');
  response.writeHead(204).end();
}

function refuse(response: Response): void {
  response.writeHead(403).end();
}
