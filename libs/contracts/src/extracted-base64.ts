/**
 * The bulk of a request's long images, kept as the base64 it came in: text of megabytes is neither parsed, copied nor
 * written again. In the text stands something short for each stretch, which is base64 too.
 */
export interface ExtractedBase64 {
  /** Made up for this request: it stands in what stands for a stretch, and nowhere else. */
  readonly mark: string;
  /** Finds what stands for a stretch; its only group is the place in the list. */
  readonly pattern: RegExp;
  /** Characters of what stands for one. */
  readonly placeLength: number;
  /** Base64, as ASCII. */
  readonly stretches: readonly Uint8Array[];
}
