import type { IncomingHttpHeaders } from 'node:http';
import { readRetryAfter } from '#connections';

/**
 * Request headers that belong to the upstream's API. No others are forwarded, keys and cookies above all. `accept` selects
 * the format of audio and files.
 */
const REQUEST_HEADERS = ['accept', 'anthropic-beta', 'anthropic-version', 'idempotency-key', 'openai-beta'];

/** Request headers that describe a body which is streamed through. */
const BODY_HEADERS = ['content-type', 'content-length', 'content-encoding'];

/** Response headers that concern the client; the others concern only the upstream and us. */
const RESPONSE_HEADERS = new Set([
  'content-type',
  'content-length',
  'content-disposition',
  'cache-control',
  'openai-processing-ms',
  'openai-version',
  'x-should-retry',
]);
const RESPONSE_PREFIX = 'x-ratelimit-';

export function forwardedRequestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return pick(headers, REQUEST_HEADERS);
}

export function forwardedBodyHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return pick(headers, BODY_HEADERS);
}

/** @param isSet whether our own response has the header already: our rate limits win over the upstream's */
export function forwardedResponseHeaders(
  headers: Readonly<Record<string, unknown>>,
  isSet: (name: string) => boolean,
): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || isSet(name)) continue;
    if (RESPONSE_HEADERS.has(name) || name.startsWith(RESPONSE_PREFIX)) forwarded[name] = value;
  }
  const { header } = readRetryAfter(headers);
  if (header !== undefined && !isSet('retry-after')) forwarded['retry-after'] = header;
  return forwarded;
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}
