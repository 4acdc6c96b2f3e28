/**
 * Long runs of base64 that were cut out of a JSON body before it was parsed. The parsed body has a placeholder in the
 * place of each, which is valid base64 itself; `writeJson` puts the bytes back.
 */
export interface ExtractedBase64 {
  /** Random token, unique to this request, at the beginning of every placeholder. */
  readonly token: string;
  /** Matches one placeholder; group 1 is the index into `chunks`. */
  readonly pattern: RegExp;
  /** Length of a placeholder in characters. */
  readonly placeholderLength: number;
  /** The base64 that was cut out, as ASCII. */
  readonly chunks: readonly Uint8Array[];
}

/** A text with its base64 in the place of the placeholders. */
export function restoreBase64(text: string, { pattern, chunks }: ExtractedBase64): string {
  const decoder = new TextDecoder('latin1');
  return text.replaceAll(pattern, (_placeholder, index: string) => decoder.decode(chunks[Number(index)]));
}
