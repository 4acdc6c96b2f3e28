/**
 * A long image of a request, kept as the base64 it came in: text of megabytes is neither parsed nor written again. Where
 * it belongs stands `placeholder`, which begins as the image does.
 */
export interface Attachment {
  readonly placeholder: string;
  /** Base64, as ASCII. */
  readonly bytes: Uint8Array;
}
