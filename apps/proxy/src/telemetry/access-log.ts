import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { RequestRecord } from '#observability';
import type { RequestObserver } from '../edge/request-observer.js';
import { statusOf } from '../edge/request-observer.js';

/** Maximum length of a logged path in characters. */
const MAX_LOGGED_PATH = 200;

/** Logs one line for each completed request; undefined when the level is off, so that it costs nothing. */
export function accessLog(logger: Logger): RequestObserver | undefined {
  if (!logger.isLevelEnabled('info')) return undefined;
  return {
    end: (request, response, record) => {
      logger.info(describe(request, response, record), 'request');
    },
  };
}

function describe(request: Request, response: Response, record: RequestRecord): object {
  const { id, received, model, upstream, retries, usage, cost, failure, traceId } = record;
  const { apiKey } = request;
  const status = statusOf(response);
  const aborted = !response.writableFinished;
  return {
    requestId: id,
    ...(traceId !== undefined && { trace_id: traceId }),
    method: request.method,
    path: request.originalUrl.split('?', 1)[0]?.slice(0, MAX_LOGGED_PATH),
    status,
    ms: Math.round(performance.now() - received),
    // The name of the key, never the key.
    ...(apiKey && { key: apiKey.name }),
    ...(model !== '' && { model }),
    ...(upstream !== '' && { upstream }),
    ...(retries > 0 && { retries }),
    ...(usage && { inputTokens: usage.input, outputTokens: usage.output }),
    ...(cost !== undefined && { cost }),
    // The failure came after the status had been sent.
    ...(failure && status < 400 && { failed: true }),
    ...(aborted && { aborted }),
  };
}
