import { extractErrorText, isModelNotFound, redact, statusForClient } from '#dialects';
import { ProxyException, UpstreamError } from '#errors';
import type { UpstreamFailureKind } from '#errors';
import { UpstreamTimeoutError } from './transport.js';

/**
 * Any failure of a call that got no answer or lost it on the way, in our own terms. The texts say "upstream error", on
 * which the `ollama` CLI keeps its session (contract §4.2), and never where the backend is.
 */
export function toProxyException(error: unknown): ProxyException {
  if (error instanceof ProxyException) return error;
  if (error instanceof UpstreamTimeoutError) return toTimeoutError(error);
  const code = codeOf(error);
  return new UpstreamError(`upstream error: ${CONNECTION_TEXTS[code] ?? 'the connection broke off'}`, {
    status: code === 'UND_ERR_CONNECT_TIMEOUT' ? 504 : 502,
    ...failureKindOf(code),
    cause: error,
  });
}

/** A lost socket may be tried again; an answer that is not HTTP would come again. */
const LOST_SOCKET_CODES = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function failureKindOf(code: string): { failureKind?: UpstreamFailureKind } {
  if (code in CONNECTION_TEXTS) return { failureKind: 'connect' };
  return LOST_SOCKET_CODES.has(code) ? { failureKind: 'reset' } : {};
}

const CONNECTION_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is not trusted',
  CERT_HAS_EXPIRED: 'the certificate has expired',
};

/** A status from 300 on, with the text that came with it; `withClientKey` tells that a refused key is the client's. */
export function toStatusError(
  status: number,
  headers: Readonly<Record<string, unknown>>,
  body: string,
  withClientKey: boolean,
): UpstreamError {
  if (status < 400) return new UpstreamError(`upstream error: redirected (status ${status})`, { status: 502 });
  const text = extractErrorText(body, `upstream error: status ${status}`);
  const retryAfter = headers['retry-after'];
  const waitMs = retryAfterMs(headers);
  return new UpstreamError(text, {
    status: withClientKey && (status === 401 || status === 403) ? status : statusForClient(status, text),
    upstreamStatus: status,
    isModelNotFound: isModelNotFound(status, body),
    body: redact(body),
    ...(typeof retryAfter === 'string' && { retryAfter }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** Milliseconds, seconds or a date: whichever a backend says. */
function retryAfterMs(headers: Readonly<Record<string, unknown>>): number | undefined {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  const seconds = Number(value);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
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
