import type { Request, Response } from 'express';
import type { RequestRecord } from '#observability';

/** What logs, metrics and traces call a client that left before its status. */
const CLIENT_GONE = 499;

/** The status that was sent. */
export function statusOf(response: Response): number {
  return response.headersSent ? response.statusCode : CLIENT_GONE;
}

/** Who wants to know of requests: the access log, metrics, traces. With none of them nothing is called. */
export interface RequestObserver {
  /** A request has come. */
  begin?(request: Request, record: RequestRecord): void;
  /** It is over: its answer has been sent, or its client has left. */
  end(request: Request, response: Response, record: RequestRecord): void;
}
