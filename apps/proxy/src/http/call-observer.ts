import type { Request, Response } from 'express';
import type { CallRecord } from '#observability';

/** Who wants to know of requests: the access log, metrics, limits, traces. With none of them nothing is called. */
export interface CallObserver {
  /** A request has come. */
  begin?(request: Request, record: CallRecord): void;
  /** It is over: its answer has been sent, or its client has left. */
  end(request: Request, response: Response, record: CallRecord): void;
}
