import type { Logger } from '@nestjs/common';
import { ClientClosedError, ProxyException } from '#errors';

/** One line for what went wrong: in full when it is our own fault, in a few words when it is the backend's or the client's. */
export function logFailure(logger: Logger, failure: unknown, status: number): void {
  if (failure instanceof ClientClosedError) return;
  if (!(failure instanceof ProxyException) && status >= 500) {
    logger.error({ err: failure, status }, 'request failed');
    return;
  }
  if (!(failure instanceof Error)) return;
  const { name, message, cause } = failure;
  const reason = { kind: name, status, reason: message, ...(cause instanceof Error && { cause: cause.message }) };
  if (status >= 500) logger.error(reason, 'request failed');
  else logger.debug(reason, 'request refused');
}
