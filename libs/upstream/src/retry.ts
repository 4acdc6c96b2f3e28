import { Readable } from 'node:stream';
import type { AxiosError, AxiosInstance } from 'axios';
import axiosRetry from 'axios-retry';

const RETRIED_STATUS = new Set([408, 429, 502, 503, 504]);

/** A connection that failed before the backend can have started to work on the request. */
const RETRIED_CODE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 1000;

/** A `Retry-After` beyond this is the client's to wait for, not ours (operations §4). */
const LONGEST_RETRY_AFTER_MS = 2000;

/** Tries a call again while nothing of an answer has been seen; the response promise is still open then. */
export function retryCalls(client: AxiosInstance, retries: number): void {
  axiosRetry(client, {
    retries,
    shouldResetTimeout: true,
    retryCondition: (error) => isRetryable(error),
    retryDelay: (attempt, error) =>
      Math.max(retryAfterMs(error) ?? 0, Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt)),
  });
}

function isRetryable(error: AxiosError): boolean {
  if (error.config?.signal?.aborted) return false;
  // A body that streamed through is gone.
  if (error.config?.data instanceof Readable) return false;
  if (!error.response) return RETRIED_CODE.has(error.code ?? '');
  if (!RETRIED_STATUS.has(error.response.status)) return false;
  if ((retryAfterMs(error) ?? 0) > LONGEST_RETRY_AFTER_MS) return false;
  return !String(error.response.data).includes('insufficient_quota');
}

function retryAfterMs(error: AxiosError): number | undefined {
  const headers = error.response?.headers as Record<string, unknown> | undefined;
  const milliseconds = Number(headers?.['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(milliseconds)) return milliseconds;
  const value = headers?.['retry-after'];
  if (typeof value !== 'string') return undefined;
  const seconds = Number(value);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
