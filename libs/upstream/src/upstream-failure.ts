import { AxiosError, isCancel } from 'axios';
import { extractErrorText, isModelNotFound, redact, statusForClient } from '#dialects';
import { ClientClosedError, ProxyException, UpstreamError } from '#errors';
import { SilenceError } from './undici.adapter.js';

/**
 * Any failure of a call, in our own terms; `withClientKey` tells that a refused key is the client's. The texts say "upstream error", on which the `ollama` CLI keeps its session
 * (contract §4.2), and never where the backend is.
 */
export function toProxyException(error: unknown, withClientKey = false): ProxyException {
  if (error instanceof ProxyException) return error;
  if (isCancel(error)) return new ClientClosedError();
  if (error instanceof AxiosError && error.response) return toRefusal(error.response.status, error, withClientKey);
  const silence = error instanceof AxiosError ? error.cause : error;
  if (silence instanceof SilenceError) return toSilence(silence);
  const code = codeOf(error);
  return new UpstreamError(`upstream error: ${CONNECTION_TEXTS[code] ?? 'the connection broke off'}`, {
    status: code === 'UND_ERR_CONNECT_TIMEOUT' ? 504 : 502,
    cause: error,
  });
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

function toRefusal(status: number, error: AxiosError, withClientKey: boolean): UpstreamError {
  const { data, headers } = error.response ?? { data: '', headers: {} };
  const body = typeof data === 'string' ? data : '';
  const text = extractErrorText(body, `upstream error: status ${String(status)}`);
  const retryAfter = (headers as Record<string, unknown>)['retry-after'];
  return new UpstreamError(text, {
    status: withClientKey && (status === 401 || status === 403) ? status : statusForClient(status, text),
    upstreamStatus: status,
    isModelNotFound: isModelNotFound(status, body),
    body: redact(body),
    ...(typeof retryAfter === 'string' && { retryAfter }),
  });
}

function toSilence({ phase, afterMs }: SilenceError): UpstreamError {
  const seconds = String(afterMs / 1000);
  const text = phase === 'idle' ? `the stream was silent for ${seconds} s` : `no answer within ${seconds} s`;
  return new UpstreamError(`upstream error: ${text}`, { status: 504 });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === 'string' && code !== '') return code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
