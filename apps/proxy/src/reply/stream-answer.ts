import type { Response } from 'express';
import { Logger } from '@nestjs/common';
import type { RequestRecord } from '#observability';
import type { OllamaStream } from '#translation';
import type { UpstreamResponse } from '#connections';
import { logFailure } from '../errors/send-error.js';
import { sendJson } from './json.js';
import { NdjsonWriter } from './ndjson-writer.js';
import { pump } from './pump.js';

/**
 * An upstream that has sent its first byte but no text: after this the client gets its headers, so that it does not time
 * out (protocol C4). Until then a failure still becomes a status. For an upstream that has sent its headers alone the
 * connection has waited this long already.
 */
const HEADERS_AFTER_MS = 1000;

const logger = new Logger('Stream');

export interface AnswerTarget {
  /** One JSON object per line as the text arrives, or one object when all of it has. */
  readonly stream: boolean;
  readonly response: Response;
  readonly record: RequestRecord;
}

/** Sends the upstream's answer to the client. @throws before the first byte only; later failures end the stream */
export async function streamAnswer<Line extends object>(
  upstream: UpstreamResponse,
  answer: OllamaStream<Line>,
  { stream, response, record }: AnswerTarget,
): Promise<void> {
  record.streamed = stream;
  if (!stream) {
    await pump(upstream, answer, record, () => undefined);
    const whole = answer.whole();
    recordAnswer(answer, record);
    sendJson(response, whole);
    return;
  }
  const writer = new NdjsonWriter(response);
  const headers = setTimeout(() => writer.start(), upstream.hasFirstByte ? HEADERS_AFTER_MS : 0);
  try {
    await pump(upstream, answer, record, (lines) => writer.send(lines));
    const lines = answer.end();
    recordAnswer(answer, record);
    await writer.end(lines);
  } catch (failure) {
    if (!writer.isStarted) throw failure;
    if (failure instanceof Error) record.failure = failure;
    logFailure(logger, failure, await writer.fail(failure));
  } finally {
    clearTimeout(headers);
  }
}

function recordAnswer<Line>({ usage, finishReason, responseModel }: OllamaStream<Line>, record: RequestRecord): void {
  record.usage = usage;
  if (finishReason !== '') record.finishReasons = [finishReason];
  record.responseModel = responseModel;
}
