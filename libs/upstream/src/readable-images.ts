import { Injectable, Logger } from '@nestjs/common';
import type { UpstreamRequestContext } from '#connections';
import { imagesIn, withImages } from '#dialects';
import type { ConvertedImage } from '#images';
import { ImageConverter } from '#images';
import { restoreBase64 } from '#json-bytes';

type Body = Record<string, unknown>;

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
   * as it is, and the upstream decides. @throws the reason for which the request was aborted
   */
  async convert(request: Body, types: ReadonlySet<string>, context: UpstreamRequestContext): Promise<Body> {
    const { signal, extractedBase64 } = context;
    const wanted = new Set(imagesIn(request).flatMap(({ type, data }) => (types.has(type) ? [data] : [])));
    if (wanted.size === 0) return request;
    const converted = new Map<string, ConvertedImage>();
    let animations = 0;
    for (const data of wanted) {
      const base64 = extractedBase64 ? restoreBase64(data, extractedBase64) : data;
      const image = await this.converter.convert(Buffer.from(base64, 'base64'), signal);
      if (!image) continue;
      converted.set(data, image);
      if (image.isFirstOfMany) animations += 1;
    }
    if (animations > 0)
      this.logger.warn(`${String(animations)} animated images were converted: their first image is sent`);
    return withImages(request, ({ type, data }) => (types.has(type) ? converted.get(data) : undefined));
  }
}
