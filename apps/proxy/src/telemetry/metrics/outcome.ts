import {
  CircuitOpenError,
  ClientClosedError,
  OverloadedError,
  ProxyException,
  ShutdownError,
  TranslationError,
  UpstreamError,
} from '#errors';
import type { RequestRecord } from '#observability';

export type Outcome =
  | 'ok'
  | 'client_abort'
  | 'client_error'
  | 'rate_limited'
  | 'overloaded'
  | 'upstream_error'
  | 'timeout'
  | 'truncated'
  | 'drained'
  | 'internal_error';

/** How a request ended: the label `outcome`, which alerts and dashboards use. */
export function outcomeOf({ failure, firstAt }: RequestRecord, status: number, isComplete: boolean): Outcome {
  if (failure === undefined) return isComplete ? outcomeOfStatus(status) : 'client_abort';
  if (failure instanceof ClientClosedError) return 'client_abort';
  if (failure instanceof ShutdownError) return 'drained';
  if (failure instanceof OverloadedError || failure instanceof CircuitOpenError) return 'overloaded';
  if (failure instanceof UpstreamError || failure instanceof TranslationError) {
    if (failure.status === 504 || isSilence(failure)) return 'timeout';
    if (failure.status === 429) return 'rate_limited';
    if (failure.status < 500) return 'client_error';
    return firstAt === undefined ? 'upstream_error' : 'truncated';
  }
  if (status >= 400) return outcomeOfStatus(status);
  return failure instanceof ProxyException ? outcomeOfStatus(failure.status) : 'internal_error';
}

function isSilence(failure: Error): boolean {
  const kind = failure instanceof UpstreamError ? failure.failureKind : undefined;
  return kind === 'first-byte' || kind === 'idle' || kind === 'total';
}

function outcomeOfStatus(status: number): Outcome {
  if (status < 400) return 'ok';
  if (status === 429) return 'rate_limited';
  if (status === 503) return 'overloaded';
  if (status < 500) return 'client_error';
  return status === 500 ? 'internal_error' : 'upstream_error';
}
