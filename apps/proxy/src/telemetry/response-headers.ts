import type { Response } from 'express';
import type { RequestRecord } from '#observability';
import type { RequestObserver } from '../edge/request-observer.js';

/** Characters that a header cannot have; ids of models may come from clients. */
const UNSAFE = /[^\x20-\x7e]/g;

/** A header by the word for it in RESPONSE_HEADERS. @returns undefined if the request has nothing to describe */
const HEADERS: Readonly<Record<string, (record: RequestRecord) => readonly [name: string, value: string] | undefined>> =
  {
    upstream: ({ upstream }) => (upstream === '' ? undefined : ['X-Upstream', upstream]),
    model: ({ upstreamModel }) =>
      upstreamModel === '' ? undefined : ['X-Model', upstreamModel.replaceAll(UNSAFE, '?')],
    timing: (record) => ['Server-Timing', describeTimes(record)],
    cost: ({ cost }) => (cost === undefined ? undefined : ['X-Cost', String(cost)]),
  };

/** Describes the call in headers, as known when they are sent; undefined without RESPONSE_HEADERS, so that it costs nothing. */
export function responseHeaders(parts: readonly string[]): RequestObserver | undefined {
  const headers = parts.flatMap((part) => HEADERS[part] ?? []);
  if (headers.length === 0) return undefined;
  return {
    begin: (_request, record, response) => {
      beforeHead(response, () => headers.flatMap((describe) => [describe(record)].filter((each) => !!each)));
    },
    end: () => undefined,
  };
}

/** Sets headers at the last moment before the response has its head. */
function beforeHead(response: Response, read: () => readonly (readonly [string, string])[]): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => Response;
  response.writeHead = (...args: unknown[]) => {
    for (const [name, value] of read()) response.setHeader(name, value);
    return writeHead(...args);
  };
}

/** Milliseconds, in the format of https://www.w3.org/TR/server-timing/. */
function describeTimes({ received, sentAt, acceptedAt, queuedMs }: RequestRecord): string {
  const entry = (name: string, ms: number): string => `${name};dur=${ms.toFixed(1)}`;
  return [
    ...(sentAt === undefined ? [] : [entry('queue', queuedMs)]),
    ...(sentAt === undefined || acceptedAt === undefined ? [] : [entry('upstream', acceptedAt - sentAt)]),
    entry('total', performance.now() - received),
  ].join(', ');
}
