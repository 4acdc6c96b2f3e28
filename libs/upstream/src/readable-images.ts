import { Injectable, Logger } from '@nestjs/common';
import type { UpstreamRequestContext } from '#connections';
import { imagesIn, withImages } from '#dialects';
import { BadRequestError } from '#errors';
import type { ConvertedImage } from '#images';
import { ImageConverter } from '#images';
import { restoreBase64 } from '#json-bytes';

type Body = Record<string, unknown>;

/** Different images of one request that are converted: one takes up to 10 s of a slot that all requests share. */
const MAX_IMAGES = 100;

/**
 * Base64 of the converted images of one request, which is held and copied into the payload: an image of few bytes can become
 * one of many. The hosted Messages API takes no larger request (32 MB).
 */
const MAX_CONVERTED_BYTES = 32 * 1024 * 1024;

/** Sends images in formats that an upstream reads. */
@Injectable()
export class ReadableImages {
  private readonly logger = new Logger('Images');

  constructor(private readonly converter: ImageConverter) {}

  /** Whether images can be converted at all. */
  isAvailable(): Promise<boolean> {
    return this.converter.isAvailable();
  }

  /**
   * The request with its images of `types` as PNG or JPEG; the same object if there are none. What cannot be converted stays
   * as it is, and the upstream decides. @throws the reason for which the request was aborted; BadRequestError above a limit
   */
  async convert(request: Body, types: ReadonlySet<string>, context: UpstreamRequestContext): Promise<Body> {
    const { signal, extractedBase64 } = context;
    const wanted = new Map<string, number>();
    for (const { type, data } of imagesIn(request)) if (types.has(type)) wanted.set(data, (wanted.get(data) ?? 0) + 1);
    if (wanted.size === 0) return request;
    if (wanted.size > MAX_IMAGES)
      throw new BadRequestError(
        `the upstream needs PNG or JPEG: at most ${String(MAX_IMAGES)} images of a request are converted`,
      );
    const converted = new Map<string, ConvertedImage>();
    let animations = 0;
    let size = 0;
    for (const [data, occurrences] of wanted) {
      const base64 = extractedBase64 ? restoreBase64(data, extractedBase64) : data;
      const image = await this.converter.convert(Buffer.from(base64, 'base64'), signal);
      if (!image) continue;
      size += image.data.length * occurrences;
      if (size > MAX_CONVERTED_BYTES)
        throw new BadRequestError(
          `the upstream needs PNG or JPEG, and the converted images are too large: the limit is ${String(MAX_CONVERTED_BYTES)} bytes`,
        );
      converted.set(data, image);
      if (image.isFirstOfMany) animations += 1;
    }
    if (animations > 0)
      this.logger.warn(`${String(animations)} animated images were converted: their first image is sent`);
    return withImages(request, ({ type, data }) => (types.has(type) ? converted.get(data) : undefined));
  }
}
