import { extractErrorText, isModelNotFound, redact, statusForClient } from '#dialects';
import { ProxyException, UpstreamError } from '#errors';
import type { UpstreamFailureKind } from '#errors';
import { UpstreamTimeoutError } from './transport.js';

/**
 * Describes a call that got no response or only part of one. The texts begin with "upstream error", which the `ollama` CLI
 * looks for (protocol C9), and never contain the upstream's address.
 */
export function toProxyException(error: unknown): ProxyException {
  if (error instanceof ProxyException) return error;
  if (error instanceof UpstreamTimeoutError) return toTimeoutError(error);
  const code = codeOf(error);
  return new UpstreamError(`upstream error: ${CONNECT_TEXTS[code] ?? 'the connection broke off'}`, {
    status: code === 'UND_ERR_CONNECT_TIMEOUT' ? 504 : 502,
    ...failureKindOf(code),
    cause: error,
  });
}

/** Socket errors after which a retry can help. A response that is not HTTP would be the same again. */
const LOST_SOCKET_CODES = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function failureKindOf(code: string): { failureKind?: UpstreamFailureKind } {
  if (code in CONNECT_TEXTS) return { failureKind: 'connect' };
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
  CERT_HAS_EXPIRED: 'the certificate has expired',
};

interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The call was made with the client's key, so 401 and 403 concern the client. */
  readonly hasClientKey?: boolean;
}

/** A response with a status from 300 on. */
export function toStatusError({ status, headers, text, hasClientKey = false }: ErrorResponse): UpstreamError {
  if (status < 400) return new UpstreamError(`upstream error: redirected (status ${status})`, { status: 502 });
  const message = extractErrorText(text, `upstream error: status ${status}`);
  const retryAfter = headers['retry-after'];
  const waitMs = retryAfterMs(headers);
  return new UpstreamError(message, {
    status: hasClientKey && (status === 401 || status === 403) ? status : statusForClient(status, message),
    upstreamStatus: status,
    isModelNotFound: isModelNotFound(status, text),
    body: redact(text),
    ...(typeof retryAfter === 'string' && { retryAfter }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** `retry-after-ms` in milliseconds, else `retry-after` in seconds or as a date (RFC 9110 §10.2.3). */
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
