import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { UpstreamError } from '#errors';

/** What a decoder delivers to. */
export interface DecodedBody {
  push(chunk: Uint8Array): void;
  /** The end of the body; with `failure` where it was cut off or malformed. */
  end(failure?: Error): void;
  /** The decoder can take more compressed bytes. */
  drain(): void;
}

/** Largest window of zstd (RFC 9659 §3): 8 MiB. */
const ZSTD_WINDOW_LOG_MAX = 23;

const STREAMS: Readonly<Record<string, (first: Uint8Array) => Transform>> = {
  gzip: () => createGunzip({ flush: constants.Z_SYNC_FLUSH }),
  'x-gzip': () => createGunzip({ flush: constants.Z_SYNC_FLUSH }),
  // "deflate" is the zlib format (RFC 9110 §8.4.1.2), but some servers send it without the zlib header.
  deflate: ([first = 0]) =>
    (first & 0x0f) === 8
      ? createInflate({ flush: constants.Z_SYNC_FLUSH })
      : createInflateRaw({ flush: constants.Z_SYNC_FLUSH }),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } }),
};

/** The coding of a response, in lower case; undefined for one that is not compressed. */
export function contentCoding(headers: Readonly<Record<string, unknown>>): string | undefined {
  const header = headers['content-encoding'];
  const coding = typeof header === 'string' ? header.trim().toLowerCase() : '';
  return coding === '' || coding === 'identity' ? undefined : coding;
}

/** Decompresses a body while it arrives, with back-pressure on both sides. */
export class ContentDecoder {
  private stream: Transform | undefined;
  private isPaused = false;
  private failure: Error | undefined;

  constructor(
    private readonly coding: string,
    private readonly target: DecodedBody,
  ) {}

  /** False: no more until `drain` is called. */
  write(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return true;
    this.stream ??= this.open(chunk);
    return this.stream?.write(chunk) ?? true;
  }

  /** The last compressed byte has arrived; `failure` where the connection broke off. */
  end(failure?: Error): void {
    this.failure ??= failure;
    if (this.stream) this.stream.end();
    else this.target.end(this.failure);
  }

  pause(): void {
    this.isPaused = true;
    this.stream?.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.stream?.resume();
  }

  destroy(): void {
    this.stream?.destroy();
  }

  private open(first: Uint8Array): Transform | undefined {
    const stream = STREAMS[this.coding]?.(first);
    if (!stream) {
      this.target.end(unknownCoding(this.coding));
      return undefined;
    }
    stream.on('data', (chunk: Uint8Array) => this.target.push(chunk));
    stream.on('drain', () => this.target.drain());
    stream.on('end', () => this.target.end(this.failure));
    stream.on('error', () => this.target.end(this.failure ?? malformed()));
    if (this.isPaused) stream.pause();
    return stream;
  }
}

function malformed(): UpstreamError {
  return new UpstreamError('upstream error: the compressed response is malformed or cut off', { status: 502 });
}

function unknownCoding(coding: string): UpstreamError {
  return new UpstreamError(`upstream error: the response has the unknown content encoding ${JSON.stringify(coding)}`, {
    status: 502,
  });
}
