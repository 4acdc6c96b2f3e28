import { Injectable, Logger } from '@nestjs/common';
import type SharpModule from 'sharp';
import type { CancelSignal } from '#async';
import { Slots } from './slots.js';

type Sharp = typeof SharpModule;

/** A phone's photo has 12 to 24 million pixels. libvips needs about 4 bytes for each. */
const MAX_PIXELS = 32_000_000;

/** Longer sides are scaled down to this; models see at most about 2000 pixels of a side. A PNG has at most 17 MB then. */
const MAX_SIDE = 2048;

/** Each one takes a thread of libuv's pool of four, which also reads files and resolves names. */
const MAX_CONVERSIONS = 2;

const TIMEOUT_SECONDS = 10;

/** Fine text of a screenshot stays legible. */
const JPEG = { quality: 92, chromaSubsampling: '4:4:4' };

/** The only decoders that bytes of clients reach. */
const DECODERS = [
  'VipsForeignLoadWebpBuffer',
  'VipsForeignLoadHeifBuffer',
  'VipsForeignLoadNsgifBuffer',
  'VipsForeignLoadTiffBuffer',
];

export interface ConvertedImage {
  readonly type: 'image/png' | 'image/jpeg';
  /** In base64. */
  readonly data: string;
  /** An animation of which this is the first image. */
  readonly isFirstOfMany: boolean;
}

/** Converts images to the two formats that every upstream reads. Needs the optional package sharp. */
@Injectable()
export class ImageConverter {
  private readonly logger = new Logger('Images');
  private readonly slots = new Slots(MAX_CONVERSIONS);
  private sharp: Promise<Sharp | undefined> | undefined;

  /** Whether the package is installed. */
  async isAvailable(): Promise<boolean> {
    return (await this.load()) !== undefined;
  }

  /**
   * A PNG if the image is transparent, else a JPEG, which is a tenth of the size for a photo.
   * @returns undefined for what cannot be read or is too large
   * @throws the reason of `signal`
   */
  async convert(image: Uint8Array, signal: CancelSignal): Promise<ConvertedImage | undefined> {
    const sharp = await this.load();
    if (!sharp) return undefined;
    return this.slots.run(signal, async () => {
      try {
        return await convertWith(sharp, image);
      } catch (failure) {
        this.logger.debug(
          `an image was not converted: ${failure instanceof Error ? failure.message : String(failure)}`,
        );
        return undefined;
      }
    });
  }

  private load(): Promise<Sharp | undefined> {
    this.sharp ??= import('sharp').then(
      ({ default: sharp }) => {
        sharp.cache(false);
        sharp.concurrency(1);
        sharp.block({ operation: ['VipsForeignLoad'] });
        sharp.unblock({ operation: DECODERS });
        return sharp;
      },
      () => {
        this.logger.warn(
          'an upstream cannot read a format of images, and the package sharp, which converts them, is not installed',
        );
        return undefined;
      },
    );
    return this.sharp;
  }
}

async function convertWith(sharp: Sharp, image: Uint8Array): Promise<ConvertedImage> {
  const source = sharp(image, { limitInputPixels: MAX_PIXELS });
  const { hasAlpha, pages = 1 } = await source.metadata();
  const scaled = source
    .timeout({ seconds: TIMEOUT_SECONDS })
    .autoOrient()
    .resize({ width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true });
  const bytes = await (hasAlpha ? scaled.png() : scaled.jpeg(JPEG)).toBuffer();
  return {
    type: hasAlpha ? 'image/png' : 'image/jpeg',
    data: bytes.toString('base64'),
    isFirstOfMany: pages > 1,
  };
}
