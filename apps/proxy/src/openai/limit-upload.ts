import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { tooLarge } from '../edge/discard-body.js';

/**
 * The request's body as a stream that fails beyond `maxBytes` (0: no limit). Not the request itself: the transport destroys
 * what it sends when the upstream responds early, and the client still has to read that response.
 * @throws BadRequestError when Content-Length exceeds the limit
 */
export function limitUpload(request: Request, maxBytes: number): Readable {
  const limit = maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(maxBytes, 'UPLOAD_MAX_SIZE');
  let size = 0;
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      if (size > limit) done(tooLarge(maxBytes, 'UPLOAD_MAX_SIZE'));
      else done(null, chunk);
    },
  });
  // It may fail while nothing reads it; without a listener the error would end the process.
  counted.on('error', () => undefined);
  // Not `pipeline`: it would close the socket, on which the refusal still has to be sent.
  request.pipe(counted);
  request.once('error', (error) => counted.destroy(error));
  return counted;
}
