import type { IncomingMessage } from 'node:http';
import { CallerLeft } from './exchange.js';
import { Refusal } from './refusal.js';

const LIMIT = 256 * 1024 * 1024;

/** The whole body as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of piecesOf(request)) {
    size += piece.length;
    // What is too much is still read, so that the caller gets to see the refusal.
    if (size <= LIMIT) pieces.push(piece);
  }
  if (size > LIMIT) throw new Refusal(413, 'Request body is too large.');
  return Buffer.concat(pieces).toString('utf8');
}

async function* piecesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* request as AsyncIterable<Buffer>;
  } catch (error) {
    throw new CallerLeft('The request body ended early.', { cause: error });
  }
}
