import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { BadRequestError } from '#errors';
import { tooLarge } from './discard-body.js';

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

const CODINGS: Readonly<Record<string, Inflate>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

/** Value of `Accept-Encoding` in the response to a body in another coding (RFC 9110 §15.5.16). */
export const ACCEPTED_CODINGS = 'gzip, deflate, br, zstd';

/**
 * @throws BadRequestError for malformed bytes (400), and for an output of more than `maxBytes` (413), of which no more
 * is produced
 */
export type Decompress = (bytes: Uint8Array, maxBytes: number) => Promise<Buffer>;

/**
 * @param coding value of `Content-Encoding`
 * @returns undefined for a body that is not compressed
 * @throws BadRequestError for an unknown coding (415)
 */
export function decompressionOf(coding: string | undefined): Decompress | undefined {
  const name = coding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return undefined;
  const run = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  if (!run) throw new BadRequestError(`content encoding not supported; use one of ${ACCEPTED_CODINGS}, or none`, 415);
  return async (bytes, maxBytes) => {
    try {
      return await run(bytes, { maxOutputLength: maxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
        throw tooLarge(maxBytes, 'REQUEST_MAX_SIZE');
      throw new BadRequestError(`the request body is not valid ${name} data`);
    }
  };
}
