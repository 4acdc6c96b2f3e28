import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { BadRequestError, ClientClosedError } from '#errors';
import { BoundedMap } from '#primitives';
import { discardBody } from '../edge/discard-body.js';

/** A template or a licence has kilobytes; weights have gigabytes. */
const MAX_BLOB_BYTES = 1024 * 1024;

/** Uploads that are remembered, so that a client need not repeat them. */
const MAX_REMEMBERED = 1000;

const DIGEST = /^sha256[:-]([0-9a-fA-F]{64})$/;

/** How a file of weights begins: GGUF, and its predecessors. */
const WEIGHTS = /^(GGUF|FUGG|lmgg|fmgg|tjgg)/;

/** Beginnings that are compared with `WEIGHTS`. */
const MAGIC_BYTES = 4;

/**
 * Uploads of `ollama create`. Nothing of them is kept but their digest: no instruction that this server accepts needs a
 * file, and those that do are refused.
 */
@Injectable()
export class BlobsService {
  private readonly seen = new BoundedMap<string, true>(MAX_REMEMBERED);

  /** @throws BadRequestError for what is no digest */
  has(digest: string): boolean {
    return this.seen.get(readDigest(digest)) === true;
  }

  /**
   * Reads the body and compares its digest.
   * @returns whether the blob is new
   * @throws BadRequestError for a digest that is malformed or another, and for weights
   */
  async add(digest: string, request: Request): Promise<boolean> {
    const expected = readDigest(digest);
    if (Number(request.headers['content-length'] ?? 0) > MAX_BLOB_BYTES) throw refuse(request);
    const actual = await digestOf(request);
    if (actual !== expected)
      throw new BadRequestError(`digest mismatch, expected "sha256:${expected}", got "sha256:${actual}"`);
    const isNew = !this.seen.has(expected);
    this.seen.set(expected, true);
    return isNew;
  }
}

/** SHA-256 of a body. @throws BadRequestError for weights; ClientClosedError */
function digestOf(request: Request): Promise<string> {
  const hash = createHash('sha256');
  let size = 0;
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      const isWeights = size === 0 && WEIGHTS.test(chunk.toString('latin1', 0, MAGIC_BYTES));
      size += chunk.length;
      hash.update(chunk);
      if (!isWeights && size <= MAX_BLOB_BYTES) return;
      request.off('data', onData);
      reject(refuse(request));
    };
    request.on('data', onData);
    request.once('end', () => resolve(hash.digest('hex')));
    request.once('close', () => reject(new ClientClosedError()));
    request.once('error', () => undefined);
  });
}

/** @returns the hexadecimal digits in lower case. @throws BadRequestError */
export function readDigest(digest: string): string {
  const hex = DIGEST.exec(digest)?.[1];
  if (hex === undefined) throw new BadRequestError('invalid digest format');
  return hex.toLowerCase();
}

function refuse(request: Request): BadRequestError {
  discardBody(request);
  return new BadRequestError(
    'this server stores no model files: FROM has to name a model that it serves, and weights and adapters belong to the upstream that runs them',
    413,
  );
}
