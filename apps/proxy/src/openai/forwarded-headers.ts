import type { IncomingHttpHeaders } from 'node:http';

/**
 * Headers of a client that mean something to the backend's API; everything else, keys and cookies above all, stays
 * here. `accept` is among them since a call for sound or a file says with it what it can play.
 */
const PASSED_HEADERS = ['accept', 'anthropic-beta', 'anthropic-version', 'idempotency-key', 'openai-beta'] as const;

/** What describes a body that is not read here. */
const BODY_HEADERS = ['content-type', 'content-length', 'content-encoding'] as const;

export function requestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return pick(headers, PASSED_HEADERS);
}

export function bodyHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return pick(headers, BODY_HEADERS);
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}
