import type { Response } from 'express';

/** Up to this size pieces are copied into one; longer copies would not come from Node's pool and cost more than they save. */
const LONGEST_COPY = 4000;

const FRAME_END = '\r\n';

/**
 * `response.write` for a stream whose head has been flushed (`headersSent` is true before that). Node frames a chunk with
 * three writes around the data and gathers them one tick later; here a chunk is framed first and leaves in one write, which
 * takes a fifth off what a token costs. Where that cannot be (an HTTP/1.0 client, a pipelined request that has to wait for
 * the one before) Node's own way is taken.
 * @param data a text, or pieces of a body that leave together
 * @returns false when the client is behind
 */
export function writeChunk(response: Response, data: string | readonly Uint8Array[]): boolean {
  const { socket } = response;
  const isFramedHere =
    socket !== null && response.chunkedEncoding && response.headersSent && !response.writableEnded && !socket.destroyed;
  if (typeof data === 'string') {
    if (!isFramedHere || data === '') return response.write(data);
    const size = Buffer.byteLength(data);
    // As many bytes as characters: all of it is ASCII, which needs no encoding.
    return socket.write(frameStart(size) + data + FRAME_END, size === data.length ? 'latin1' : 'utf8');
  }
  const size = data.reduce((sum, { length }) => sum + length, 0);
  if (!isFramedHere || size === 0) return writeTogether(response, data);
  if (size <= LONGEST_COPY) return socket.write(framed(data, size));
  socket.cork();
  socket.write(frameStart(size), 'latin1');
  for (const piece of data) socket.write(piece);
  const isFlowing = socket.write(FRAME_END, 'latin1');
  socket.uncork();
  return isFlowing;
}

function frameStart(size: number): string {
  return `${size.toString(16)}\r\n`;
}

function framed(pieces: readonly Uint8Array[], size: number): Buffer {
  const start = frameStart(size);
  const frame = Buffer.allocUnsafe(start.length + size + FRAME_END.length);
  let at = frame.write(start, 'latin1');
  for (const piece of pieces) {
    frame.set(piece, at);
    at += piece.length;
  }
  frame.write(FRAME_END, at, 'latin1');
  return frame;
}

/** Several pieces as one, in Node's way. */
export function writeTogether(response: Response, pieces: readonly Uint8Array[]): boolean {
  const [only] = pieces;
  return response.write(only && pieces.length === 1 ? only : Buffer.concat(pieces));
}
