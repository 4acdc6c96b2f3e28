import type { Response } from 'express';
import { Logger } from '@nestjs/common';
import type { RequestRecord } from '#observability';
import type { UpstreamResponse } from '#connections';
import { breakOff } from '../errors/break-off.js';
import { waitForDrain } from '../reply/wait-for-drain.js';
import { formatError, formatStreamError } from '../errors/error-format.js';
import { logFailure } from '../errors/log-failure.js';
import { writeChunk, writeTogether } from '../reply/chunk-writer.js';
import { UsageTail } from './usage-tail.js';

/** Headers of a backend that mean something to its client; the rest is between the backend and us. */
const PASSED_HEADERS = [
  'content-type',
  'content-length',
  // Nobody asks backends for it; some gateways in front of them do not ask either.
  'content-encoding',
  'content-disposition',
  'cache-control',
  'retry-after',
  'openai-processing-ms',
  'openai-version',
  'x-should-retry',
];
const PASSED_PREFIX = 'x-ratelimit-';

const logger = new Logger('Stream');

/**
 * The backend's answer, byte for byte and at once, not faster than the client reads. A body that breaks off breaks the
 * client's connection too, so that it cannot be taken for complete. @throws before the first byte only
 */
export async function passThrough(
  upstream: UpstreamResponse,
  response: Response,
  record: RequestRecord,
): Promise<void> {
  const isTraced = record.beginAttempt !== undefined;
  const tail = record.wantsUsage ? new UsageTail(isTraced) : undefined;
  const isStream = upstream.contentType.includes('event-stream');
  const begin = (): void => {
    response.writeHead(upstream.status, {
      ...passedHeaders(upstream.headers, response),
      ...(isStream && { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' }),
    });
  };
  // Only a stream's head has left before its first bytes.
  const write = isStream ? writeChunk : writeTogether;
  let last: Uint8Array | undefined;
  record.streamed = isStream;
  if (isStream) {
    begin();
    response.flushHeaders();
  }
  try {
    await upstream.forEachBatch((batch) => {
      // Not earlier: a backend may send a head and then nothing, and that can still become a status.
      if (!response.headersSent) begin();
      record.progress(performance.now());
      tail?.feed(batch);
      last = batch.at(-1);
      if (response.destroyed || write(response, batch)) return undefined;
      return waitForDrain(response);
    });
    record.usage = tail?.usage;
    if (isTraced && tail) {
      record.finishReasons = tail.finishReasons;
      record.responseModel = tail.responseModel;
    }
    if (!response.headersSent) begin();
    response.end();
  } catch (failure) {
    if (!response.headersSent) throw failure;
    if (isStream && isDone(last)) {
      record.usage = tail?.usage;
      response.end();
      return;
    }
    if (failure instanceof Error) record.failure = failure;
    const { path } = response.req;
    logFailure(logger, failure, formatError(path, failure).status);
    if (isStream && !response.destroyed) response.end(formatStreamError(path, failure));
    else breakOff(response);
  }
}

/** Whether nothing was missing when the connection broke: an error behind this would be one too many. */
function isDone(last: Uint8Array | undefined): boolean {
  return last !== undefined && /(^|\n)data: ?\[DONE\]\s*$/.test(Buffer.from(last.subarray(-32)).toString('latin1'));
}

/** Limits of this proxy are told instead of those of the backend. */
function passedHeaders(headers: Readonly<Record<string, unknown>>, response: Response): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || response.hasHeader(name)) continue;
    if (PASSED_HEADERS.includes(name) || name.startsWith(PASSED_PREFIX)) passed[name] = value;
  }
  return passed;
}
