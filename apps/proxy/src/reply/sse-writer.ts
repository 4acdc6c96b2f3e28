import type { Response } from 'express';
import type { ReplyStream } from '#translation';
import { joinWrites, waitForDrain, writeChunk } from './chunk-writer.js';

/** Clients and proxies between close a stream that is silent for longer; the real APIs ping at this rate, too. */
const PING_INTERVAL_MS = 10_000;

/** The events of an API that have no content. */
export interface SseEvents {
  /** What opens a stream; empty when it was sent already. */
  start(): string;
  /** An event that clients ignore; the connection stays open meanwhile. */
  ping(): string;
  /** What ends a stream after a failure. */
  fail(failure: unknown): string;
  /** The status that the failure would have had before the first byte. */
  statusOf(failure: unknown): number;
}

/**
 * Writes a stream of server-sent events, not faster than the client reads. The headers leave with the first event or
 * with `start`; until then a failure can still become a status.
 */
export class SseWriter {
  private ping: NodeJS.Timeout | undefined;

  constructor(
    private readonly response: Response,
    private readonly events: SseEvents,
  ) {}

  get isStarted(): boolean {
    return this.response.headersSent;
  }

  start(): void {
    if (this.isStarted || this.response.destroyed) return;
    joinWrites(this.response);
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    this.response.flushHeaders();
    this.ping = setInterval(() => this.write(this.events.ping()), PING_INTERVAL_MS);
    this.response.once('close', () => clearInterval(this.ping));
    this.write(this.events.start());
  }

  /** @returns a promise to apply back-pressure: it resolves when the client can take more */
  send(answer: ReplyStream): Promise<void> | undefined {
    const events = answer.take();
    if (events.length === 0) return undefined;
    this.start();
    return this.write(events.join('')) ? undefined : waitForDrain(this.response);
  }

  /** Sends the last events and ends the response. */
  end(events: readonly string[]): Promise<void> {
    this.start();
    clearInterval(this.ping);
    this.response.end(events.join(''));
    return Promise.resolve();
  }

  /** Ends a stream that failed after its first byte. @returns the status of the failure */
  fail(failure: unknown): Promise<number> {
    clearInterval(this.ping);
    if (!this.response.destroyed) this.response.end(this.events.fail(failure));
    return Promise.resolve(this.events.statusOf(failure));
  }

  private write(text: string): boolean {
    if (this.response.destroyed || this.response.writableEnded || text === '') return true;
    this.ping?.refresh();
    return writeChunk(this.response, text);
  }
}
