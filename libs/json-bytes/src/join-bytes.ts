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
