import { extractErrorText, isModelNotFound, redact, statusForClient } from '#dialects';
import type { UpstreamSettings } from '#config';
import { OverloadedError, ProxyException, UpstreamError } from '#errors';
import type { UpstreamFailureKind } from '#errors';
import { readRetryAfter } from './retry-after.js';
import { UpstreamTimeoutError } from './transport.js';

/**
 * Describes a call that got no response or only part of one. The texts begin with "upstream error", which the `ollama` CLI
 * looks for (protocol C9), and never contain the upstream's address.
 */
export function toProxyException(error: unknown): ProxyException {
  if (error instanceof ProxyException) return error;
  if (error instanceof UpstreamTimeoutError) return toTimeoutError(error);
  const code = codeOf(error);
  if (LOCAL_LIMIT_CODES.has(code)) return new OverloadedError();
  return new UpstreamError(`upstream error: ${connectTextOf(code) ?? exchangeTextOf(error)}`, {
    status: code === 'UND_ERR_CONNECT_TIMEOUT' ? 504 : 502,
    ...failureKindOf(code),
    cause: error,
  });
}

/** Limits of this process or machine: the upstream is not at fault, and its circuit must not open. */
const LOCAL_LIMIT_CODES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EADDRNOTAVAIL']);

/** Socket errors after which a retry can help. A response that is not HTTP would be the same again. */
const LOST_SOCKET_CODES = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function failureKindOf(code: string): { failureKind?: UpstreamFailureKind } {
  if (connectTextOf(code) !== undefined) return { failureKind: 'connect' };
  return LOST_SOCKET_CODES.has(code) ? { failureKind: 'reset' } : {};
}

const CONNECT_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is not trusted',
  CERT_UNTRUSTED: 'the certificate is not trusted',
  CERT_REJECTED: 'the certificate is not trusted',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the upstream does not use TLS, so its base URL must begin with http://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the upstream does not use TLS, so its base URL must begin with http://',
};

/** Text for a failure before the request was sent; undefined for all others. */
function connectTextOf(code: string): string | undefined {
  const text = CONNECT_TEXTS[code];
  if (text !== undefined) return text;
  return code === 'EPROTO' || /^ERR_(SSL|TLS)_/.test(code) ? 'the TLS handshake failed' : undefined;
}

/** Text for a failure after the request was sent. */
function exchangeTextOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection broke off';
  // undici has no code for it: "Proxy response (407) …", "Proxy Authentication Required (407)".
  const refused = /^Proxy .*\((\d{3})\)/.exec(error.message)?.[1];
  if (refused !== undefined) return `the HTTP proxy refused the connection (status ${refused})`;
  if (error.name === 'HTTPParserError') return 'the response is not HTTP';
  // undici adds the numbers of the socket. A server that expects TLS closes a plain connection without a byte.
  const { socket } = error as { socket?: { bytesRead?: number } | null };
  return socket?.bytesRead === 0
    ? 'the connection was closed without a response; an upstream with TLS needs a base URL that begins with https://'
    : 'the connection broke off';
}

export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The call was made with the client's key, so 401 and 403 concern the client. */
  readonly hasClientKey?: boolean;
  /** Below the base URL. */
  readonly path: string;
  readonly fieldNames: UpstreamSettings['fieldNames'];
}

/** Paths that every upstream of this kind has: a 404 that is not about the model means a wrong base URL. */
const MODEL_PATHS = new Set(['/chat/completions', '/completions', '/embeddings', '/models']);

/** A response with a status from 300 on. */
export function toStatusError(response: ErrorResponse): UpstreamError {
  const { status, headers, text, hasClientKey = false, fieldNames } = response;
  if (status < 400) {
    const field = fieldNames.baseUrl;
    return new UpstreamError(`upstream error: redirected (status ${String(response.status)}); check ${field}`, {
      status: 502,
    });
  }
  const message = extractErrorText(text, `upstream error: status ${status}`);
  const { header, waitMs } = readRetryAfter(headers);
  const isKeyRejected = status === 401 || status === 403;
  return new UpstreamError(describeRejection(message, response), {
    // Ollama clients read a 404 as a model that has to be pulled.
    status: isUnknownPath(response) ? 502 : hasClientKey && isKeyRejected ? status : statusForClient(status, message),
    upstreamStatus: status,
    isModelNotFound: isModelNotFound(status, text),
    body: redact(text),
    ...(header !== undefined && { retryAfter: header }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** Whether a response is HTML: that of a gateway's login, a status page or a console. No API method of POST returns it. */
export function isWebPage({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): boolean {
  const type = headers['content-type'];
  return typeof type === 'string' && /^text\/html\b/i.test(type);
}

export function toWebPageError({ baseUrl }: UpstreamSettings['fieldNames']): UpstreamError {
  return new UpstreamError(`upstream error: a web page instead of an API response; check ${baseUrl}`, { status: 502 });
}

function isUnknownPath({ status, text, path }: ErrorResponse): boolean {
  if (status === 404 && path === '/models') return true;
  // A 404 about support is a rejection by the model, not by the path (protocol D80). One that quotes a name beyond the length
  // of error bodies is cut, and no longer JSON.
  return status === 404 && MODEL_PATHS.has(path) && !isModelNotFound(status, text) && !/support|\bmodel\b/i.test(text);
}

/** The upstream's message, and what the operator has to correct if the configuration is wrong. */
function describeRejection(message: string, response: ErrorResponse): string {
  const { status, hasClientKey, path, fieldNames } = response;
  const { baseUrl, key } = fieldNames;
  if (isUnknownPath(response)) return `${message} (status 404 for ${path} below the base URL; check ${baseUrl})`;
  return status === 401 && !hasClientKey ? `${message} (status 401 of the upstream; check ${key})` : message;
}

function toTimeoutError({ phase, afterMs }: UpstreamTimeoutError): UpstreamError {
  const seconds = String(afterMs / 1000);
  const texts = {
    'first-byte': `no answer within ${seconds} s`,
    idle: `the stream was silent for ${seconds} s`,
    total: `not done within ${seconds} s`,
  };
  return new UpstreamError(`upstream error: ${texts[phase]}`, { status: 504, failureKind: phase });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === 'string' && code !== '') return code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
