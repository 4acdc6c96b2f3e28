import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { CallRecord } from '#observability';
import type { CallObserver } from './call-observer.js';
import { statusOf } from './call-observer.js';

/** Longest path that is logged. */
const MAX_LOGGED_PATH = 200;

/** One line a request when it is over; undefined when that level is not logged, so that nothing is done for it. */
export function accessLog(logger: Logger): CallObserver | undefined {
  if (!logger.isLevelEnabled('info')) return undefined;
  return {
    end: (request, response, record) => {
      logger.info(describe(request, response, record), 'request');
    },
  };
}

function describe(request: Request, response: Response, record: CallRecord): object {
  const { id, received, upstream, retries, usage, traceId } = record;
  const aborted = !response.writableFinished;
  return {
    requestId: id,
    ...(traceId !== undefined && { trace_id: traceId }),
    method: request.method,
    path: request.originalUrl.split('?', 1)[0]?.slice(0, MAX_LOGGED_PATH),
    status: statusOf(response),
    ms: Math.round(performance.now() - received),
    ...(upstream !== '' && { upstream }),
    ...(retries > 0 && { retries }),
    ...(usage && { inputTokens: usage.input, outputTokens: usage.output }),
    ...(aborted && { aborted }),
  };
}
