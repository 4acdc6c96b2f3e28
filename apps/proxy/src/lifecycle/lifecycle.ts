import type { OnApplicationShutdown } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { ShutdownError } from '#errors';
import { sendError } from '../errors/send-error.js';

/** State of the process between start and exit, and the requests that run in it. Probes read it, the shutdown drives it. */
@Injectable()
export class Lifecycle implements OnApplicationShutdown {
  private state: 'starting' | 'serving' | 'draining' | 'aborted' = 'starting';
  /** Responses that are not complete. */
  private readonly responses = new Set<Response>();
  /** Controllers of upstream calls, and of whatever else waits on behalf of a client. */
  private readonly calls = new Set<AbortController>();
  private readonly exitHooks: (() => Promise<void>)[] = [];

  /** New requests may be sent here. */
  get isReady(): boolean {
    return this.state === 'serving';
  }

  /** The process shuts down; running requests may finish. */
  get isDraining(): boolean {
    return this.state === 'draining' || this.state === 'aborted';
  }

  /** Requests without a complete response. */
  get running(): number {
    return this.responses.size;
  }

  /** To be called when every address has a listener. */
  markReady(): void {
    if (this.state === 'starting') this.state = 'serving';
  }

  /** From now on every response closes its connection, so that the client's next request goes elsewhere. */
  drain(): void {
    if (this.isDraining) return;
    this.state = 'draining';
    for (const response of this.responses) closeAfter(response);
  }

  /** Aborts every call with a ShutdownError, also those that are still to come. */
  abortCalls(): void {
    this.state = 'aborted';
    const reason = new ShutdownError();
    for (const call of this.calls) call.abort(reason);
  }

  /** Sends a ShutdownError for requests without headers: they do not wait for a call that could be aborted. */
  failUnanswered(): void {
    for (const response of this.responses) {
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

  addResponse(response: Response): void {
    if (this.isDraining) closeAfter(response);
    this.responses.add(response);
    response.once('close', () => this.responses.delete(response));
  }

  /** Registers a call; pair with `leave`. */
  enter(call: AbortController): void {
    this.calls.add(call);
    if (this.state === 'aborted') call.abort(new ShutdownError());
  }

  leave(call: AbortController): void {
    this.calls.delete(call);
  }
}

function closeAfter(response: Response): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
