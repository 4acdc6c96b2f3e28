import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { tooLarge } from '../edge/discard-body.js';

/**
 * A body that streams through, which fails as soon as it is longer than `maxBytes` (0: never). Never the request itself:
 * the transport destroys what it sends when the backend answers early, and the client has yet to read that answer.
 * @throws BadRequestError
 */
export function limitUpload(request: Request, maxBytes: number): Readable {
  const limit = maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(maxBytes, 'UPLOAD_MAX_SIZE');
  let size = 0;
  const counted = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      size += piece.length;
      if (size > limit) done(tooLarge(maxBytes, 'UPLOAD_MAX_SIZE'));
      else done(null, piece);
    },
  });
  // Nobody may be reading it when it fails, and that must not end the process.
  counted.on('error', () => undefined);
  // Not `pipeline`: it would close the socket that the refusal has to go through.
  request.pipe(counted);
  request.once('error', (error) => counted.destroy(error));
  return counted;
}
