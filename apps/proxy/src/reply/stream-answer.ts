import type { Response } from 'express';
import { Logger } from '@nestjs/common';
import type { RequestRecord } from '#observability';
import type { ReplyStream } from '#translation';
import type { UpstreamResponse } from '#connections';
import { maskFailure } from '#connections';
import { logFailure } from '../errors/send-error.js';
import { sendJson } from './json.js';
import { pump } from './pump.js';

/**
 * An upstream that has sent its first byte but no text: after this the client gets its headers, so that it does not time
 * out (protocol C4). Until then a failure still becomes a status. For an upstream that has sent its headers alone the
 * connection has waited this long already.
 */
const HEADERS_AFTER_MS = 1000;

const logger = new Logger('Stream');

/** Writes a stream in the form of one API: lines, or events. */
interface ReplyWriter {
  /** The headers have left: a failure can no longer become a status. */
  readonly isStarted: boolean;
  start(): void;
  /** Sends what the answer has ready. @returns a promise to apply back-pressure: it resolves when the client can take more */
  send(answer: ReplyStream): Promise<void> | undefined;
  /** Sends the last chunks and ends the response. */
  end(chunks: readonly string[]): Promise<void>;
  /** Ends a stream that failed after its first byte. @returns the status of the failure */
  fail(failure: unknown): Promise<number>;
}

export interface AnswerTarget {
  /** A stream as the text arrives, or one JSON object when all of it has. */
  readonly stream: boolean;
  readonly response: Response;
  readonly record: RequestRecord;
  readonly writer: ReplyWriter;
  /** Keeps what later requests need of a complete answer, before the client can send one. Never rejects. */
  readonly keep: (answer: ReplyStream) => Promise<unknown> | undefined;
}

/** Sends the upstream's answer to the client. @throws before the first byte only; later failures end the stream */
export async function streamAnswer(
  upstream: UpstreamResponse,
  answer: ReplyStream,
  { stream, response, record, writer, keep }: AnswerTarget,
): Promise<void> {
  record.streamed = stream;
  record.answer = answer;
  const headers = stream ? setTimeout(() => writer.start(), upstream.hasFirstByte ? HEADERS_AFTER_MS : 0) : undefined;
  try {
    if (!stream) {
      await pump(upstream, answer, record, () => undefined);
      const whole = answer.whole();
      recordAnswer(answer, record);
      const kept = keep(answer);
      if (kept) await kept;
      sendJson(response, whole);
      return;
    }
    await pump(upstream, answer, record, () => writer.send(answer));
    const chunks = answer.end();
    recordAnswer(answer, record);
    const kept = keep(answer);
    if (kept) await kept;
    await writer.end(chunks);
  } catch (failure) {
    maskFailure(failure, upstream);
    if (!writer.isStarted) throw failure;
    if (failure instanceof Error) record.failure = failure;
    logFailure(logger, failure, await writer.fail(failure));
  } finally {
    clearTimeout(headers);
  }
}

function recordAnswer({ usage, finishReason, responseModel }: ReplyStream, record: RequestRecord): void {
  record.usage = usage;
  if (finishReason !== '') record.finishReasons = [finishReason];
  record.responseModel = responseModel;
}
