import { UpstreamError } from '#errors';
import type { BatchConsumer } from './upstream-body.js';

/** The largest JSON response that is read as a whole. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

interface Readable {
  forEachBatch(consume: BatchConsumer): Promise<void>;
}

/** @throws UpstreamError for a body that is not JSON, too large or incomplete */
export async function readJson(body: Readable): Promise<unknown> {
  return parseJson(await readChunks(body));
}

/** Reads a whole body as the chunks it arrived in. @throws UpstreamError for one that is too large or incomplete */
export async function readChunks(body: Readable): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  await body.forEachBatch((batch) => {
    for (const chunk of batch) {
      chunks.push(chunk);
      size += chunk.length;
    }
    if (size > MAX_JSON_BYTES) throw new UpstreamError('upstream error: the answer is too large', { status: 502 });
    return undefined;
  });
  return chunks;
}

/** @throws UpstreamError for bytes that are not JSON */
export function parseJson(chunks: readonly Uint8Array[]): unknown {
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    throw new UpstreamError(`upstream error: malformed data (${text.length} characters)`, { status: 502 });
  }
}
