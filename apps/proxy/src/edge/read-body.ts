import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { MIN_LONG_SIZE, nextTurn } from '#async';
import type { ProxyException } from '#errors';
import { OverloadedError } from '#errors';
import { extractBase64 } from '#json-bytes';
import { MEDIA_HEAD_LENGTH } from '#contracts';
import type { Decompress } from './decompress.js';
import { ACCEPTED_CODINGS, decompressionOf } from './decompress.js';
import { discardBody, tooLarge } from './discard-body.js';
import type { Route } from './edge.js';
import type { MemoryBudget } from './memory-budget.js';

/** Size from which bodies that may hold images are searched for base64. */
const MIN_SEARCHED_BYTES = 64 * 1024;

/** Random bytes in the token of each placeholder, so that a client cannot forge one. */
const TOKEN_BYTES = 16;

/**
 * Reads a body as text, whatever its content type: `curl -d` labels JSON as a form (protocol W1). The size is counted on
 * arrival, so a wrong or missing Content-Length does not matter.
 */
export function readBody(maxBytes: number, budget: MemoryBudget, route: Route) {
  return (request: Request, response: Response): void => {
    const proceed = (error?: ProxyException): void => route(request, response, error);
    if (!request.routeInfo.readsBody) {
      proceed();
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const refuse = (error: ProxyException): void => {
      request.removeAllListeners('data').removeAllListeners('end');
      chunks.length = 0;
      discardBody(request);
      proceed(error);
    };
    let decompress: Decompress | undefined;
    try {
      decompress = decompressionOf(request.headers['content-encoding']);
    } catch (error) {
      response.setHeader('accept-encoding', ACCEPTED_CODINGS);
      refuse(error as ProxyException);
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      refuse(tooLarge(maxBytes, 'REQUEST_MAX_SIZE'));
      return;
    }
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) refuse(tooLarge(maxBytes, 'REQUEST_MAX_SIZE'));
      else if (budget.take(chunk.length, request.heldBytes)) request.heldBytes += chunk.length;
      else refuse(new OverloadedError());
    });
    const keep = (pieces: readonly Buffer[], length: number): void => {
      keepBody(request, pieces, length);
      chunks.length = 0;
      proceed();
    };
    request.once('end', () => {
      if (!decompress || size === 0) {
        if (size < MIN_LONG_SIZE) keep(chunks, size);
        else {
          void nextTurn().then(() => {
            // A client that is gone gets no response.
            if (!response.closed) keep(chunks, size);
          });
        }
        return;
      }
      decompress(Buffer.concat(chunks, size), maxBytes).then(
        (body) => {
          // The client is gone, and what the budget held has been released.
          if (response.closed) return;
          if (!budget.take(body.length, request.heldBytes)) {
            proceed(new OverloadedError());
            return;
          }
          request.heldBytes += body.length;
          keep([body], body.length);
        },
        (error: unknown) => proceed(error as ProxyException),
      );
    });
    // A request that breaks off has no client left to reply to.
    request.once('error', () => undefined);
  };
}

function keepBody(request: Request, chunks: readonly Buffer[], size: number): void {
  if (size >= MIN_SEARCHED_BYTES && request.routeInfo.hasImages) {
    const newToken = (): string => randomBytes(TOKEN_BYTES).toString('hex');
    const extracted = extractBase64(chunks, { newToken, headLength: MEDIA_HEAD_LENGTH });
    if (extracted) {
      request.bodyText = extracted.text;
      request.extractedBase64 = extracted.base64;
      return;
    }
  }
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size);
  request.bodyText = bytes.toString('utf8');
}
