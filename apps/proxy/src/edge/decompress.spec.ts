import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompressionOf } from './decompress.js';

const TEXT = '{"model":"m"}';

describe('the body of a request', () => {
  it.each([
    ['gzip', gzipSync(TEXT)],
    [' X-GZip ', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
  ])('is decompressed from %j', async (coding, bytes) => {
    expect(String(await decompressionOf(coding)?.(bytes, TEXT.length))).toBe(TEXT);
  });

  it.each([undefined, '', 'identity', 'Identity'])('is left as it is with %j', (coding) => {
    expect(decompressionOf(coding)).toBeUndefined();
  });

  it.each(['compress', 'gzip, gzip', 'toString'])('is refused in the coding %j', (coding) => {
    expect(() => decompressionOf(coding)).toThrow(expect.objectContaining({ status: 415 }));
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(50_000_000))],
    ['zstd', zstdCompressSync(Buffer.alloc(50_000_000))],
  ])('is refused beyond the limit in %s', async (coding, bomb) => {
    await expect(decompressionOf(coding)?.(bomb, 1000)).rejects.toMatchObject({ status: 413 });
  });

  it.each([TEXT, gzipSync(TEXT).subarray(0, 20)])('is refused when it is malformed', async (bytes) => {
    await expect(decompressionOf('gzip')?.(Buffer.from(bytes), 1000)).rejects.toMatchObject({ status: 400 });
  });
});
