import { UpstreamError } from '#errors';
import type { BatchConsumer } from './upstream-body.js';

/** Longest answer that is read whole. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** A body that can be read. */
interface Readable {
  forEachBatch(consume: BatchConsumer): Promise<void>;
}

/** Reads a whole JSON answer. @throws UpstreamError for one that is not JSON, too large or broken off */
export async function readJson(body: Readable): Promise<unknown> {
  return parseJson(await readParts(body));
}

/** Reads a whole answer, in the pieces it came in. @throws UpstreamError for one that is too large or broken off */
export async function readParts(body: Readable): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let size = 0;
  await body.forEachBatch((batch) => {
    for (const part of batch) {
      parts.push(part);
      size += part.length;
    }
    if (size > MAX_JSON_BYTES) throw new UpstreamError('upstream error: the answer is too large', { status: 502 });
    return undefined;
  });
  return parts;
}

/** @throws UpstreamError for what is not JSON */
export function parseJson(parts: readonly Uint8Array[]): unknown {
  const text = Buffer.concat(parts).toString('utf8');
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    throw new UpstreamError(`upstream error: malformed data (${text.length} characters)`, { status: 502 });
  }
}
