import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import type { CancelSignal } from '#async';
import { BadRequestError, ClientClosedError } from '#errors';
import { tooLarge } from '../edge/discard-body.js';

/**
 * Bytes of a body that have to be here before its upload begins. Until then it holds memory and nothing else; it takes a
 * place at the upstream only when there is something to send.
 */
const FIRST_BYTES = 16 * 1024;

/** The slowest client that may hold a place. Slower than any modem, so only a client that holds back is below it. */
const MIN_BYTES_PER_SECOND = 1024;

/** Over this time the rate is averaged: a mobile client may stall for seconds. */
const RATE_WINDOW_MS = 10_000;

interface UploadOptions {
  /** 0: no limit. */
  readonly maxBytes: number;
  /** Fires when the client has left. */
  readonly signal: CancelSignal;
  readonly windowMs?: number;
}

/**
 * The request's body as a stream, once its first bytes are here. The stream fails beyond `maxBytes` and when the client
 * sends too slowly. It is not the request itself: the transport destroys what it sends when the upstream responds early,
 * and the client still has to read that response.
 * @throws BadRequestError (408, 413) before the first bytes, ClientClosedError for a client that has left
 */
export async function beginUpload(
  request: Request,
  { maxBytes, signal, windowMs = RATE_WINDOW_MS }: UploadOptions,
): Promise<Readable> {
  signal.throwIfAborted();
  // A destroyed request emits neither 'end' nor 'error' any more, so its upload would never end.
  if (request.destroyed) throw new ClientClosedError();
  const limit = maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(maxBytes, 'UPLOAD_MAX_SIZE');
  let size = 0;
  let onFirstBytes = (): void => undefined;
  const body = new Transform({
    readableHighWaterMark: FIRST_BYTES,
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      if (size > limit) {
        done(tooLarge(maxBytes, 'UPLOAD_MAX_SIZE'));
        return;
      }
      if (size >= FIRST_BYTES) onFirstBytes();
      done(null, chunk);
    },
    flush: (done) => {
      onFirstBytes();
      done();
    },
  });
  // It may fail while nothing reads it; without a listener the error would end the process.
  body.on('error', () => undefined);
  const leave = (): void => void body.destroy(new ClientClosedError());
  signal.addEventListener('abort', leave, { once: true });
  // Never removed: Node emits the error a tick after it has found a listener, and without one it would end the process.
  request.once('error', leave);
  const meter = watchRate(body, () => size, windowMs);
  body.once('close', () => {
    clearInterval(meter);
    signal.removeEventListener('abort', leave);
  });
  const first = new Promise<void>((resolve, reject) => {
    onFirstBytes = resolve;
    body.once('error', reject);
  });
  // Not `pipeline`: it would close the socket, on which a refusal still has to be sent.
  request.pipe(body);
  await first;
  return body;
}

/** Fails `body` when the client sends less than the minimum within a window in which the upstream was ready for more. */
function watchRate(body: Transform, sizeNow: () => number, windowMs: number): NodeJS.Timeout {
  const minimum = (MIN_BYTES_PER_SECOND * windowMs) / 1000;
  let before = 0;
  let wasBlocked = false;
  body.on('drain', () => {
    wasBlocked = true;
  });
  return setInterval(() => {
    const received = sizeNow() - before;
    const isBlocked = body.writableNeedDrain || body.readableLength >= FIRST_BYTES;
    if (received < minimum && !isBlocked && !wasBlocked && !body.writableEnded) {
      body.destroy(
        new BadRequestError(`request body too slow: at least ${MIN_BYTES_PER_SECOND} bytes per second are needed`, 408),
      );
    }
    before = sizeNow();
    wasBlocked = false;
  }, windowMs).unref();
}
