import type { Express } from 'express';
import { IncomingMessage, ServerResponse } from 'node:http';

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
  class Outgoing<Request extends IncomingMessage> extends ServerResponse<Request> {}
  Object.setPrototypeOf(Incoming.prototype, express.request);
  Object.setPrototypeOf(Outgoing.prototype, express.response);
  // What Express would set as prototypes.
  Object.assign(express, { request: Incoming.prototype, response: Outgoing.prototype });
  return { IncomingMessage: Incoming, ServerResponse: Outgoing };
}
