import type { Response } from 'express';
import { isAllowedHost, isNamedHost, OriginRules } from '#access';
import type { EdgeCheck } from './edge.js';

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
export function checkOrigin(origins: readonly string[], isLoopback: boolean): EdgeCheck {
  const rules = new OriginRules(origins);
  // Most requests have the Host header of the one before them.
  let lastAllowedHost: string | undefined;
  return (request, response) => {
    const { origin, host } = request.headers;
    const isCrossOrigin = origin !== undefined && origin !== '' && !isSameOrigin(origin, host);
    if (isCrossOrigin) {
      if (!rules.allows(origin)) return refuse(response);
      response.setHeader('Access-Control-Allow-Origin', rules.allowsAll ? '*' : origin);
      if (!rules.allowsAll) response.setHeader('Vary', 'Origin');
      if (request.method === 'OPTIONS') return answerPreflight(response);
    }
    if (!isLoopback) return true;
    if (host !== lastAllowedHost) {
      if (!isAllowedHost(host)) return refuse(response);
      lastAllowedHost = host;
    }
    // By address, Ollama routes the method; by name, its check of the host answers.
    if (isCrossOrigin || request.method !== 'OPTIONS' || !isNamedHost(host)) return true;
    response.writeHead(204).end();
    return false;
  };
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return origin === `http://${host ?? ''}` || origin === `https://${host ?? ''}`;
}

function answerPreflight(response: Response): false {
  response.setHeader('Access-Control-Allow-Methods', ALLOWED_METHODS);
  response.setHeader('Access-Control-Allow-Headers', ALLOWED_HEADERS);
  response.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  response.appendHeader('Vary', 'Access-Control-Request-Method, Access-Control-Request-Headers');
  response.writeHead(204).end();
  return false;
}

function refuse(response: Response): false {
  response.writeHead(403).end();
  return false;
}
