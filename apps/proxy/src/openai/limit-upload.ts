import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { tooLarge } from '../http/discard-body.js';

/**
 * A body that streams through, which fails as soon as it is longer than `maxBytes` (0: never). One that declares its
 * length is held to it by the parser already, and needs no counting. @throws BadRequestError
 */
export function limitUpload(request: Request, maxBytes: number): Readable {
  if (maxBytes === 0) return request;
  const declared = request.headers['content-length'];
  if (declared !== undefined) {
    if (Number(declared) > maxBytes) throw tooLarge(maxBytes, 'UPLOAD_MAX_SIZE');
    return request;
  }
  let size = 0;
  const counted = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      size += piece.length;
      if (size > maxBytes) done(tooLarge(maxBytes, 'UPLOAD_MAX_SIZE'));
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
