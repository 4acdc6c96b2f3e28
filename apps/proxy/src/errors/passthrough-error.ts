import { HttpException } from '@nestjs/common';
import { ProxyException, UpstreamError } from '#errors';

/** What the APIs below /v1 tell of a failure, in whatever shape. */
export interface PassthroughError {
  /** The backend's own status, unless it is about our key. */
  readonly status: number;
  readonly message: string;
  /** What the backend sent with that status; absent for failures of our own. */
  readonly backendBody?: string;
  readonly retryAfter?: string;
}

/** Any failure of an API that is passed on. */
export function toPassthroughError(failure: unknown): PassthroughError {
  const status = statusOf(failure);
  const isTold = failure instanceof ProxyException || failure instanceof HttpException;
  const retryAfter = failure instanceof ProxyException ? failure.retryAfter : undefined;
  return {
    status,
    message: isTold ? failure.message : 'internal error',
    ...(failure instanceof UpstreamError && failure.upstreamStatus === status && { backendBody: failure.body }),
    ...(retryAfter && { retryAfter }),
  };
}

function statusOf(failure: unknown): number {
  if (failure instanceof UpstreamError && failure.upstreamStatus !== undefined && failure.status !== 502)
    return failure.upstreamStatus;
  if (failure instanceof ProxyException) return failure.status;
  return failure instanceof HttpException ? failure.getStatus() : 500;
}
