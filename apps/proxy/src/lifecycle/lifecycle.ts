import type { OnApplicationShutdown } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { ShutdownError } from '#errors';
import { sendError } from '../errors/send-error.js';

/**
 * Where the process stands between its start and its end, and what runs in it. Probes ask it, the shutdown drives it.
 */
@Injectable()
export class Lifecycle implements OnApplicationShutdown {
  private state: 'starting' | 'serving' | 'draining' | 'ended' = 'starting';
  /** Answers that are not done. */
  private readonly responses = new Set<Response>();
  /** Calls to backends and what else waits for a client. */
  private readonly calls = new Set<AbortController>();

  /** What has to be delivered when everything is over. */
  private readonly last: (() => Promise<void>)[] = [];

  /** New requests are welcome. */
  get isReady(): boolean {
    return this.state === 'serving';
  }

  /** The process is on its way out: what runs may finish. */
  get isDraining(): boolean {
    return this.state === 'draining' || this.state === 'ended';
  }

  /** Requests without a complete answer. */
  get running(): number {
    return this.responses.size;
  }

  /** Every address is listened on. */
  serve(): void {
    if (this.state === 'starting') this.state = 'serving';
  }

  /** From now on every answer closes its connection, so that its client goes elsewhere. */
  drain(): void {
    if (this.isDraining) return;
    this.state = 'draining';
    for (const response of this.responses) closeAfter(response);
  }

  /** Time is up: every call fails with a ShutdownError, which its answer tells in its own way. */
  end(): void {
    this.state = 'ended';
    const reason = new ShutdownError();
    for (const call of this.calls) call.abort(reason);
  }

  /** Says it for those that have not said anything, since they wait for something else than a call. */
  refuseUnanswered(): void {
    for (const response of this.responses) {
      if (!response.headersSent) sendError(response.req, response, new ShutdownError());
    }
  }

  /** `deliver` is called when no request runs any more. */
  beforeExit(deliver: () => Promise<void>): void {
    this.last.push(deliver);
  }

  /** What cannot be delivered does not keep the process. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.last.map((deliver) => deliver()));
  }

  /** A request has come. */
  begin(response: Response): void {
    if (this.isDraining) closeAfter(response);
    this.responses.add(response);
    response.once('close', () => this.responses.delete(response));
  }

  /** A call has begun; `leave` is owed. */
  enter(call: AbortController): void {
    this.calls.add(call);
    if (this.state === 'ended') call.abort(new ShutdownError());
  }

  leave(call: AbortController): void {
    this.calls.delete(call);
  }
}

function closeAfter(response: Response): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
