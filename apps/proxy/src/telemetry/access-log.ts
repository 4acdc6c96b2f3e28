import type { Request, Response } from 'express';
import type { LogSettings } from '#config';
import type { LogDestinations, RequestRecord } from '#observability';
import { openInfoLines } from '#observability';
import type { RequestObserver } from '../edge/request-observer.js';
import { statusOf } from '../edge/request-observer.js';

/** Maximum length of a logged path in characters. */
const MAX_LOGGED_PATH = 200;

/** Logs one line for each completed request; undefined when the level is off, so that it costs nothing. */
export function accessLog(settings: LogSettings, destinations: LogDestinations): RequestObserver | undefined {
  const write = openInfoLines(settings, destinations, 'request');
  return write && { end: (request, response, record) => write(describe(request, response, record)) };
}

/** Fields of a line. */
interface AccessLine {
  requestId: string;
  trace_id?: string;
  method: string;
  path: string | undefined;
  status: number;
  ms: number;
  /** The name of the key, never the key. */
  key?: string;
  model?: string;
  upstream?: string;
  retries?: number;
  inputTokens?: number;
  outputTokens?: number;
  cost?: number;
  /** The failure came after the status had been sent. */
  failed?: true;
  aborted?: true;
}

function describe(request: Request, response: Response, record: RequestRecord): AccessLine {
  const { id, received, model, upstream, retries, usage, cost, failure, traceId } = record;
  const { method, originalUrl, apiKey } = request;
  const status = statusOf(response);
  const path = originalUrl.split('?', 1)[0]?.slice(0, MAX_LOGGED_PATH);
  const line: AccessLine = { requestId: id, method, path, status, ms: Math.round(performance.now() - received) };
  if (traceId !== undefined) line.trace_id = traceId;
  if (apiKey) line.key = apiKey.name;
  if (model !== '') line.model = model;
  if (upstream !== '') line.upstream = upstream;
  if (retries > 0) line.retries = retries;
  if (usage) {
    line.inputTokens = usage.input;
    line.outputTokens = usage.output;
  }
  if (cost !== undefined) line.cost = cost;
  if (failure && status < 400) line.failed = true;
  if (!response.writableFinished) line.aborted = true;
  return line;
}
