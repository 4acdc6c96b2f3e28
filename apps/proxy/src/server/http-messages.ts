import type { Express, Request as ExpressRequest } from 'express';
import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import { IncomingMessage, ServerResponse } from 'node:http';
import { ERROR_FORMATS } from '../errors/error-format.js';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** The classes of a server's messages; options of `http.createServer`. */
export interface MessageClasses {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse;
}

/**
 * Messages that have Express's properties from the start. Express changes the prototypes of each request and its response
 * otherwise, which slows every access to them down, and those that it does not route would be without.
 */
export function messageClassesOf(express: Express): MessageClasses {
  class Incoming extends IncomingMessage {}
  class Outgoing<Request extends IncomingMessage> extends ServerResponse<Request> {
    /** Adds the request's id. Node is faster with all headers at once than with one call for each. */
    override writeHead(status: number, reason?: string | Headers, more?: Headers): this {
      const ids = idHeadersOf(this.req);
      if (typeof reason !== 'string' && !Array.isArray(reason) && this.getHeaderNames().length === 0)
        return super.writeHead(status, { ...reason, ...ids });
      for (const [name, value] of Object.entries(ids)) this.setHeader(name, value);
      return typeof reason === 'string' ? super.writeHead(status, reason, more) : super.writeHead(status, reason);
    }
  }
  Object.setPrototypeOf(Incoming.prototype, express.request);
  Object.setPrototypeOf(Outgoing.prototype, express.response);
  // What Express would set as prototypes.
  Object.assign(express, { request: Incoming.prototype, response: Outgoing.prototype });
  return { IncomingMessage: Incoming, ServerResponse: Outgoing };
}

/** Empty for a request that is refused before it has a record. */
function idHeadersOf(
  request: IncomingMessage & Partial<Pick<ExpressRequest, 'record' | 'routeInfo'>>,
): Record<string, string> {
  const id = request.record?.id;
  if (id === undefined) return {};
  // The SDKs of this API show the third one with an error.
  const isAnthropic = request.routeInfo?.errors === ERROR_FORMATS.anthropic;
  return { 'X-Request-ID': id, 'X-Correlation-ID': id, ...(isAnthropic && { 'Request-ID': id }) };
}
