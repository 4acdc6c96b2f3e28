import type { Response } from 'express';
import { encodeLine } from '#streaming';
import { waitForDrain } from './wait-for-drain.js';
import { toOllamaError } from '../errors/ollama-error.js';
import { writeChunk } from './chunk-writer.js';

/**
 * Shortest time between two lines. Some clients parse each network read as one line (clients §1.14), and a backend that
 * is faster than this gains from having its text joined.
 */
const LINE_GAP_MS = 1;

/**
 * The exit of a stream: one line a write, never faster than the client reads. Headers leave with the first line or with
 * `start`; until then a failure can still be a status.
 */
export class NdjsonWriter {
  private lastWrite = Number.NEGATIVE_INFINITY;

  constructor(private readonly response: Response) {}

  get isStarted(): boolean {
    return this.response.headersSent;
  }

  start(): void {
    if (this.isStarted || this.response.destroyed) return;
    this.response.writeHead(200, {
      'Content-Type': 'application/x-ndjson',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    this.response.flushHeaders();
  }

  /** Writes lines; a returned promise asks for patience. */
  send(lines: readonly object[]): Promise<void> | undefined {
    const [line, ...more] = lines;
    if (!line) return undefined;
    if (more.length > 0 || this.gap() > 0) return this.sendApart(lines);
    return this.write(line) ? undefined : waitForDrain(this.response);
  }

  /** The last lines; resolves when all has been handed over. */
  async end(lines: readonly object[]): Promise<void> {
    await this.sendApart(lines.slice(0, -1));
    await this.waitForGap();
    const last = lines.at(-1);
    this.start();
    this.response.end(last && encodeLine(last));
  }

  /** A failure after the first byte: one line that says so, and no `done` (contract §2.14). */
  async fail(failure: unknown): Promise<void> {
    await this.waitForGap();
    if (!this.response.destroyed) this.response.end(encodeLine(toOllamaError(failure).body));
  }

  private async sendApart(lines: readonly object[]): Promise<void> {
    for (const line of lines) {
      await this.waitForGap();
      if (!this.write(line)) await waitForDrain(this.response);
    }
  }

  private write(line: object): boolean {
    if (this.response.destroyed) return true;
    this.start();
    this.lastWrite = performance.now();
    return writeChunk(this.response, encodeLine(line));
  }

  private gap(): number {
    return this.lastWrite + LINE_GAP_MS - performance.now();
  }

  private async waitForGap(): Promise<void> {
    while (this.gap() > 0) await new Promise((resolve) => setTimeout(resolve, LINE_GAP_MS));
  }
}
