import type { Response } from 'express';
import { setTimeout as wait } from 'node:timers/promises';
import type { ReplyStream } from '#translation';
import { toErrorResponse, toStreamEnd } from '../errors/error-format.js';
import { ollamaFormat } from '../errors/ollama.js';
import { joinWrites, waitForDrain, writeChunk } from './chunk-writer.js';

/**
 * Shortest time between two lines. Some clients parse each network read as one line (protocol C3), and an upstream that
 * is faster than this gains from having its text joined.
 */
const MIN_LINE_GAP_MS = 1;

/**
 * Writes a stream of JSON lines: one line per write, not faster than the client reads. The headers leave with the first
 * line or with `start`; until then a failure can still become a status.
 */
export class NdjsonWriter {
  private lastWrite = Number.NEGATIVE_INFINITY;
  /** What is ready is sent when the timer fires. */
  private waiting: { readonly answer: ReplyStream; readonly timer: NodeJS.Timeout } | undefined;
  /** Resolves when the client has taken what a timer sent. */
  private late: Promise<void> | undefined;

  constructor(private readonly response: Response) {}

  get isStarted(): boolean {
    return this.response.headersSent;
  }

  start(): void {
    if (this.isStarted || this.response.destroyed) return;
    joinWrites(this.response);
    this.response.writeHead(200, {
      'Content-Type': 'application/x-ndjson',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    this.response.flushHeaders();
  }

  /**
   * Sends what the answer has ready. Too soon after a line it stays there, where more text joins it, until its time has come.
   * @returns a promise to apply back-pressure: it resolves when the client can take more
   */
  send(answer: ReplyStream): Promise<void> | undefined {
    if (this.late) return this.late.then(() => this.send(answer));
    if (this.waiting) return undefined;
    const gap = this.remainingGap();
    if (gap <= 0) return this.sendNow(answer);
    const timer = setTimeout(() => {
      this.waiting = undefined;
      this.late = this.sendNow(answer)?.finally(() => (this.late = undefined));
    }, gap);
    this.waiting = { answer, timer };
    return undefined;
  }

  /** Sends the last lines and ends the response. */
  async end(lines: readonly string[]): Promise<void> {
    this.stopWaiting();
    await this.late;
    await this.sendApart(lines.slice(0, -1));
    await this.waitForGap();
    this.start();
    this.response.end(lines.at(-1));
  }

  /**
   * Ends a stream that failed after its first byte with an error line and without `done` (protocol W36).
   * @returns the status of the failure
   */
  async fail(failure: unknown): Promise<number> {
    const answer = this.stopWaiting();
    await this.late;
    if (answer) await this.sendApart(answer.take());
    await this.waitForGap();
    if (!this.response.destroyed) this.response.end(toStreamEnd(ollamaFormat, failure));
    return toErrorResponse(ollamaFormat, failure).status;
  }

  /** @returns the answer that has something ready */
  private stopWaiting(): ReplyStream | undefined {
    const { waiting } = this;
    this.waiting = undefined;
    clearTimeout(waiting?.timer);
    return waiting?.answer;
  }

  private sendNow(answer: ReplyStream): Promise<void> | undefined {
    const [line, ...more] = answer.take();
    if (line === undefined) return undefined;
    if (more.length > 0 || this.remainingGap() > 0) return this.sendApart([line, ...more]);
    return this.write(line) ? undefined : waitForDrain(this.response);
  }

  private async sendApart(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      await this.waitForGap();
      if (!this.write(line)) await waitForDrain(this.response);
    }
  }

  private write(line: string): boolean {
    if (this.response.destroyed) return true;
    this.start();
    this.lastWrite = performance.now();
    return writeChunk(this.response, line);
  }

  private remainingGap(): number {
    return this.lastWrite + MIN_LINE_GAP_MS - performance.now();
  }

  private async waitForGap(): Promise<void> {
    while (this.remainingGap() > 0) await wait(MIN_LINE_GAP_MS);
  }
}
