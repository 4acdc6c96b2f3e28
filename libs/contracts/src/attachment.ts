/**
 * The long images of a request, kept as the base64 they came in: text of megabytes is neither parsed nor written again. In
 * the text stands something short for each, which is base64 too and begins as the image does.
 */
export interface Attachments {
  /** Made up for this request: it stands in what stands for an image, and nowhere else. */
  readonly mark: string;
  /** Finds what stands for an image; its only group is the place in the list. */
  readonly pattern: RegExp;
  /** Base64, as ASCII. */
  readonly images: readonly Uint8Array[];
}
