import type { Request, Response } from 'express';
import type { RequestRecord } from '#observability';

/** Status in logs, metrics and traces of a request whose client left before a status was sent (nginx's number). */
const CLIENT_CLOSED = 499;

/** The status that was sent, or 499. */
export function statusOf(response: Response): number {
  return response.headersSent ? response.statusCode : CLIENT_CLOSED;
}

/** Notified of each request: the access log, metrics, rate limits, traces. */
export interface RequestObserver {
  /** The request has arrived. */
  begin?(request: Request, record: RequestRecord, response: Response): void;
  /** The response has been sent, or the client has left. */
  end(request: Request, response: Response, record: RequestRecord): void;
}
