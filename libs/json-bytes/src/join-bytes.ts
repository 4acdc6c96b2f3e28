/**
 * The chunks as one plain Uint8Array, even where a single chunk was a Buffer: V8 optimises a loop over bytes for one
 * array type and falls back to a slower version when it meets a second one.
 */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array()] = chunks;
  if (chunks.length <= 1) return new Uint8Array(first.buffer, first.byteOffset, first.length);
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** Of this size on average chunks are as fast one by one as joined, which copies them. */
const MIN_LONG_CHUNK_BYTES = 4096;

/** The chunks one by one where they are long, and as one where they are short. */
export function joinShortChunks(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  if (chunks.length === 1) return chunks;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return length < chunks.length * MIN_LONG_CHUNK_BYTES ? [joinBytes(chunks)] : chunks;
}
