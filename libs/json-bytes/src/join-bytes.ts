/**
 * Pieces as one, which is a plain Uint8Array even where a single piece was a Buffer: V8 compiles a loop over bytes for
 * one type, and gives that up when it meets another.
 */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array()] = pieces;
  if (pieces.length <= 1) return new Uint8Array(first.buffer, first.byteOffset, first.length);
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
