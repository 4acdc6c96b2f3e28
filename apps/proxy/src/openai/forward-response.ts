import type { Response } from 'express';
import { Logger } from '@nestjs/common';
import type { RequestRecord } from '#observability';
import type { UpstreamResponse } from '#connections';
import { toErrorResponse, toStreamEnd } from '../errors/error-format.js';
import { cutResponse, logFailure } from '../errors/send-error.js';
import { waitForDrain, writeChunk, writeTogether } from '../reply/chunk-writer.js';
import { forwardedResponseHeaders } from './forwarded-headers.js';
import { UsageTail } from './usage-tail.js';

const logger = new Logger('Stream');

/**
 * Forwards the upstream's response unchanged, with back-pressure. When its body breaks off, the client's connection is
 * closed as well, so that the response is not taken for complete. @throws before the first byte only
 */
export async function forwardResponse(
  upstream: UpstreamResponse,
  response: Response,
  record: RequestRecord,
): Promise<void> {
  const isTraced = record.beginAttempt !== undefined;
  const tail = record.wantsUsage ? new UsageTail(isTraced) : undefined;
  const isStream = upstream.contentType.includes('event-stream');
  const writeHead = (): void => {
    response.writeHead(upstream.status, {
      ...forwardedResponseHeaders(upstream.headers, (name) => response.hasHeader(name)),
      ...(isStream && { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' }),
    });
  };
  // `writeChunk` needs flushed headers, which only a stream has before its first bytes.
  const write = isStream ? writeChunk : writeTogether;
  let last: Uint8Array | undefined;
  record.streamed = isStream;
  if (isStream) {
    writeHead();
    response.flushHeaders();
  }
  try {
    await upstream.forEachBatch((batch) => {
      // Not earlier: if the upstream sends nothing after its headers, the failure can still become a status.
      if (!response.headersSent) writeHead();
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
    if (!response.headersSent) writeHead();
    response.end();
  } catch (failure) {
    if (!response.headersSent) throw failure;
    if (isStream && isDone(last)) {
      record.usage = tail?.usage;
      response.end();
      return;
    }
    if (failure instanceof Error) record.failure = failure;
    const format = response.req.routeInfo.errors;
    logFailure(logger, failure, toErrorResponse(format, failure).status);
    if (isStream && !response.destroyed) response.end(toStreamEnd(format, failure));
    else cutResponse(response);
  }
}

/** Whether the stream was complete when the connection broke: no error event may follow `[DONE]`. */
function isDone(last: Uint8Array | undefined): boolean {
  return last !== undefined && /(^|\n)data: ?\[DONE\]\s*$/.test(Buffer.from(last.subarray(-32)).toString('latin1'));
}
