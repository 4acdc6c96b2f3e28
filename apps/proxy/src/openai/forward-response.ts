import type { Response } from 'express';
import { Logger } from '@nestjs/common';
import type { RequestRecord } from '#observability';
import type { UpstreamResponse } from '#connections';
import { maskInPlace } from '#connections';
import { UpstreamError } from '#errors';
import { toClientText, toErrorResponse, toStreamEnd } from '../errors/error-format.js';
import { cutResponse, logFailure } from '../errors/send-error.js';
import { endTogether, joinWrites, waitForDrain, writeChunk, writeTogether } from '../reply/chunk-writer.js';
import { AgentStream } from './agent-stream.js';
import { CompletionStream } from './completion-stream.js';
import { ErrorMask } from './error-mask.js';
import { forwardedResponseHeaders } from './forwarded-headers.js';
import { UsageReader } from './usage-reader.js';

const logger = new Logger('Stream');

const CUT = 'upstream error: the answer broke off before its end';

/** Bytes at the end of a stream that show whether it was complete and where an event may follow. */
const MAX_END_BYTES = 32;

/** Reads a body while it is forwarded. A promise delays what follows. */
interface BodyObserver {
  feed(batch: readonly Uint8Array[]): Promise<void> | undefined;
  end(): Promise<void> | undefined;
}

/**
 * Forwards the upstream's response unchanged, with back-pressure. When its body breaks off, the client's connection is
 * closed as well, so that the response is not taken for complete. A stream that is cut short gets an error event, also where
 * its body ends properly. @throws before the first byte only
 */
export async function forwardResponse(
  upstream: UpstreamResponse,
  response: Response,
  record: RequestRecord,
  observer?: BodyObserver,
): Promise<void> {
  const isTraced = record.beginAttempt !== undefined;
  const isStream = upstream.contentType.includes('event-stream');
  const headers = forwardedResponseHeaders(upstream.headers, (name) => response.hasHeader(name));
  // An error event may have to follow, which no announced length would include; or the end has to wait for the observer.
  if (isStream || observer) delete headers['content-length'];
  if (isStream) {
    Object.assign(headers, { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' });
  }
  const countsText = isStream && response.req.tokenReservation !== undefined;
  const reader = record.wantsUsage ? new UsageReader({ isTraced, countsText }) : undefined;
  if (reader && countsText) record.answer = reader;
  const errors = mayQuoteSecrets(upstream, response)
    ? new ErrorMask((text) => maskInPlace(text, upstream.secrets), isStream)
    : undefined;
  const writeHead = (): void => {
    response.writeHead(upstream.status, headers);
  };
  // `writeChunk` needs flushed headers, which only a stream has before its first bytes.
  const write = isStream ? writeChunk : writeTogether;
  const { agentApi, genAi, errors: format } = response.req.routeInfo;
  const events = isStream && agentApi ? new AgentStream(agentApi) : undefined;
  const isCompletion = !agentApi && (genAi === 'chat' || genAi === 'text_completion');
  const completion = isStream && isCompletion ? new CompletionStream() : undefined;
  // What has to be counted or is traced may be anywhere. The usage of a completion is at its end; it is not found if more
  // than CompletionStream keeps comes after it.
  const readsAll = !completion || isTraced || countsText;
  const keepUsage = (): void => {
    if (!readsAll) reader?.feed([completion.end]);
    record.usage = reader?.usage;
  };
  let end: Uint8Array = new Uint8Array();
  // Of a whole response, which leaves with its end.
  let last: readonly Uint8Array[] = [];
  record.streamed = isStream;
  if (isStream) {
    joinWrites(response);
    writeHead();
    response.flushHeaders();
  }
  try {
    await upstream.forEachBatch((received, isLast) => {
      // Not earlier: if the upstream sends nothing after its headers, the failure can still become a status.
      if (!response.headersSent) writeHead();
      record.progress(performance.now());
      const batch = errors?.feed(received) ?? received;
      if (readsAll) reader?.feed(batch);
      events?.feed(batch);
      completion?.feed(batch);
      end = endOf(end, batch);
      const observed = observer?.feed(received);
      if (isLast && !isStream) {
        last = batch;
        return observed;
      }
      if (isLast) joinWrites(response);
      if (response.destroyed || batch.length === 0 || write(response, batch)) return observed;
      return observed ? observed.then(() => waitForDrain(response)) : waitForDrain(response);
    });
    await observer?.end();
    keepUsage();
    if (isTraced && reader) {
      record.finishReasons = reader.finishReasons;
      record.responseModel = reader.responseModel;
    }
    if (!response.headersSent) writeHead();
    const rest = errors?.flush() ?? [];
    if (!isStream) {
      endTogether(response, [...last, ...rest]);
      return;
    }
    for (const chunk of rest) response.write(chunk);
    events?.feed(rest);
    completion?.feed(rest);
    end = endOf(end, rest);
    if ((events ?? completion)?.isOver === false) throw new UpstreamError(CUT, { status: 502 });
    response.end();
  } catch (failure) {
    if (!response.headersSent) throw failure;
    const rest = errors?.flush() ?? [];
    if (!response.destroyed) for (const chunk of rest) response.write(chunk);
    events?.feed(rest);
    end = endOf(end, rest);
    if (isStream && (isDone(end) || (events?.isOver && separatorAfter(end) === ''))) {
      keepUsage();
      response.end();
      return;
    }
    if (failure instanceof Error) record.failure = failure;
    logFailure(logger, failure, toErrorResponse(format, failure).status);
    if (!isStream || response.destroyed) {
      cutResponse(response);
      return;
    }
    const isResponse = events && agentApi === 'responses';
    const failed = isResponse ? events.failure(toClientText(failure)) : toStreamEnd(format, failure);
    response.end(separatorAfter(end) + failed);
  }
}

/** JSON and events of a POST. What a GET reads, such as a file of the client, is not the upstream's own text. */
function mayQuoteSecrets({ contentType }: UpstreamResponse, { req }: Response): boolean {
  return req.method === 'POST' && /json|event-stream/.test(contentType);
}

/** Whether the stream was complete when the connection broke: no error event may follow `[DONE]`. */
function isDone(end: Uint8Array): boolean {
  return /(^|[\r\n])data: ?\[DONE\]\s*$/.test(toText(end));
}

/** Completes the line and the event that the upstream broke off, so that the next event is read as one. */
function separatorAfter(end: Uint8Array): string {
  const text = toText(end);
  if (text === '' || /(\n|\r)\1$|\r\n\r\n$/.test(text)) return '';
  return /[\r\n]$/.test(text) ? '\n' : '\n\n';
}

/** The last bytes of a body of which `previous` were the last ones before `batch`. */
function endOf(previous: Uint8Array, batch: readonly Uint8Array[]): Uint8Array {
  const last = batch.at(-1);
  if (!last) return previous;
  return last.length >= MAX_END_BYTES ? last : Buffer.concat([previous.subarray(-MAX_END_BYTES), ...batch]);
}

function toText(end: Uint8Array): string {
  return Buffer.from(end.subarray(-MAX_END_BYTES)).toString('latin1');
}
