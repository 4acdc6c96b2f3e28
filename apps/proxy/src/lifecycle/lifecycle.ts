import type { OnApplicationShutdown } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Duplex } from 'node:stream';
import { ShutdownError } from '#errors';
import type { ListEntry } from '#primitives';
import { LinkedList } from '#primitives';
import { sendError } from '../errors/send-error.js';

/** State of the process between start and exit, and the requests that run in it. Probes read it, the shutdown drives it. */
@Injectable()
export class Lifecycle implements OnApplicationShutdown {
  private state: 'starting' | 'serving' | 'draining' | 'aborted' = 'starting';
  /** Responses that are not complete. */
  private readonly responses = new LinkedList<Response>();
  private readonly exitHooks: (() => Promise<void>)[] = [];

  /** New requests may be sent here. */
  get isReady(): boolean {
    return this.state === 'serving';
  }

  /** The process shuts down; running requests may finish. */
  get isDraining(): boolean {
    return this.state === 'draining' || this.state === 'aborted';
  }

  /** Calls are aborted, also those that are still to come. */
  get isAborting(): boolean {
    return this.state === 'aborted';
  }

  /** How many requests have no complete response yet. */
  get running(): number {
    return this.responses.size;
  }

  /** Requests without a complete response. */
  runningRequests(): Request[] {
    return this.responses.values().map(({ req }) => req);
  }

  /** To be called when every address has a listener. */
  markReady(): void {
    if (this.state === 'starting') this.state = 'serving';
  }

  /** From now on every response closes its connection, so that the client's next request goes elsewhere. */
  drain(): void {
    if (this.isDraining) return;
    this.state = 'draining';
    for (const response of this.responses.values()) closeAfter(response);
  }

  /** Aborts the calls of every request with a ShutdownError, also those that are still to come. */
  abortCalls(): void {
    this.state = 'aborted';
    for (const { req } of this.responses.values()) req.context?.signal.abort(new ShutdownError());
  }

  /** Sends a ShutdownError for requests without headers: they do not wait for a call that could be aborted. */
  failUnanswered(): void {
    for (const response of this.responses.values()) {
      if (!response.headersSent) sendError(response.req, response, new ShutdownError());
    }
  }

  /** `hook` runs when no request runs any more; its failure does not delay the exit. */
  beforeExit(hook: () => Promise<void>): void {
    this.exitHooks.push(hook);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.exitHooks.map((hook) => hook()));
  }

  /** Registers a request, until `removeResponse`. */
  addResponse(response: Response): ListEntry<Response> {
    if (this.isDraining) closeAfter(response);
    return this.responses.add(response);
  }

  removeResponse(entry: ListEntry<Response>): void {
    this.responses.remove(entry);
  }

  /** The incomplete responses of a connection, in the order of their requests; pipelined requests have several. */
  responsesOn(socket: Duplex): Response[] {
    return this.responses.values().filter(({ req }) => req.socket === socket);
  }
}

function closeAfter(response: Response): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
