import type { Response } from 'express';
import { Logger } from '@nestjs/common';
import type { RequestRecord } from '#observability';
import type { OllamaAnswer } from '#translation';
import type { UpstreamResponse } from '#connections';
import { logFailure } from '../errors/log-failure.js';
import { NdjsonWriter } from './ndjson-writer.js';
import { toOllamaError } from '../errors/ollama-error.js';
import { pump } from './pump.js';

/**
 * A backend that has begun but says nothing yet: after this the client gets its headers, so that it does not give up
 * (clients §6). Until then a failure in the first event still becomes a status. One that sent its head alone was waited for
 * already.
 */
const COMMIT_AFTER_MS = 1000;

/** Characters from which on a text is made bytes before it is handed to the socket: that takes two thirds of the time. */
const LONG = 64 * 1024;

const logger = new Logger('Stream');

/** The way back: the backend's answer to the client, as a stream or whole. @throws before the first byte only */
export async function streamAnswer<Line extends object>(
  upstream: UpstreamResponse,
  answer: OllamaAnswer<Line>,
  stream: boolean,
  response: Response,
  record: RequestRecord,
): Promise<void> {
  record.streamed = stream;
  if (!stream) {
    await pump(upstream, answer, record, () => undefined);
    const whole = answer.whole();
    writeDown(answer, record);
    sendJson(response, whole);
    return;
  }
  const reply = new NdjsonWriter(response);
  const commit = setTimeout(
    () => {
      reply.start();
    },
    upstream.hasBegun ? COMMIT_AFTER_MS : 0,
  );
  try {
    await pump(upstream, answer, record, (lines) => reply.send(lines));
    const lines = answer.end();
    writeDown(answer, record);
    await reply.end(lines);
  } catch (failure) {
    if (!reply.isStarted) throw failure;
    if (failure instanceof Error) record.failure = failure;
    await reply.fail(failure);
    logFailure(logger, failure, toOllamaError(failure).status);
  } finally {
    clearTimeout(commit);
  }
}

function writeDown<Line>({ usage, finishReason, responseModel }: OllamaAnswer<Line>, record: RequestRecord): void {
  record.usage = usage;
  if (finishReason !== '') record.finishReasons = [finishReason];
  record.responseModel = responseModel;
}

/** A whole answer; costs less than Express's way, which hashes the body for an ETag. */
export function sendJson(response: Response, body: object): void {
  const text = JSON.stringify(body);
  if (text.length > LONG) {
    sendPieces(response, [Buffer.from(text)]);
    return;
  }
  if (response.destroyed) return;
  writeHead(response, Buffer.byteLength(text));
  response.end(text);
}

/** The same for JSON that is bytes already, in pieces that follow one another. They leave together, uncopied. */
export function sendPieces(response: Response, pieces: readonly Uint8Array[]): void {
  if (response.destroyed) return;
  writeHead(
    response,
    pieces.reduce((sum, { length }) => sum + length, 0),
  );
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.end();
}

function writeHead(response: Response, length: number): void {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': length });
}
