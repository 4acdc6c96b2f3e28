import type { RequestListener } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, read, start } from '../../../test/support/upstream-server.js';
import { readJson } from './read-json.js';

const TEXT = 'data: {"choices":[{"delta":{"content":"Grüße 🙂"}}]}\n\n'.repeat(40);

const PACKED: Readonly<Record<string, (text: string) => Uint8Array>> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  'deflate without a zlib header': deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

/** Sends `bytes` in pieces of `size`. */
const inPieces =
  (bytes: Uint8Array, size: number, coding: string, more = {}): RequestListener =>
  async (_request, response) => {
    response.writeHead(200, { 'content-encoding': coding, ...more });
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, at + size));
      await wait(1);
    }
    response.end();
  };

describe('a compressed response', () => {
  for (const [name, pack] of Object.entries(PACKED)) {
    it.each([1, 7, 100_000])(`in ${name} is decompressed in pieces of %i bytes`, async (size) => {
      const coding = name.split(' ')[0]!;
      const { client } = await start(inPieces(pack(TEXT), size, coding));
      const { text, done } = await read(client);
      await done;
      expect(text()).toBe(TEXT);
    });
  }

  it('has headers without the coding and the length of the compressed body', async () => {
    const packed = gzipSync('{"a":1}');
    const { client } = await start(
      inPieces(packed, 100, 'GZIP', { 'content-length': packed.length, 'x-request-id': 'r1' }),
    );
    const response = await client.post('/x', {}, { context: call() });
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(response.headers).not.toHaveProperty('content-length');
    expect(response.headers).toHaveProperty('x-request-id', 'r1');
    await expect(readJson(response)).resolves.toEqual({ a: 1 });
  });

  it('delivers each event as soon as the upstream has flushed it', async () => {
    const { client } = await start((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const packer = createGzip();
      packer.pipe(response);
      packer.write('data: 1\n\n');
      packer.flush();
      setTimeout(() => packer.end('data: 2\n\n'), 300);
    });
    const { text, done } = await read(client);
    await wait(150);
    expect(text()).toBe('data: 1\n\n');
    await done;
    expect(text()).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('is read for errors as well', async () => {
    const { client } = await start((_request, response) => {
      response.writeHead(400, { 'content-encoding': 'br' });
      response.end(brotliCompressSync('{"error":{"message":"no such field"}}'));
    });
    await expect(client.post('/x', {}, { context: call() })).rejects.toMatchObject({ message: 'no such field' });
  });

  it.each([
    ['cut off by the connection', 'the connection broke off'],
    ['cut off inside', 'the compressed response is malformed or cut off'],
  ])('that was %s fails after the text that arrived', async (how, text) => {
    const packed = gzipSync(TEXT);
    const { client } = await start((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(packed.subarray(0, packed.length - 6));
      setTimeout(() => (how.includes('connection') ? response.destroy() : response.end()), 50);
    });
    const { text: received, done } = await read(client);
    await expect(done).rejects.toMatchObject({ message: `upstream error: ${text}`, status: 502 });
    expect(received()).toBe(TEXT);
  });

  it.each([
    ['gzip', 'the compressed response is malformed or cut off'],
    ['compress', 'the response has the unknown content encoding "compress"'],
  ])('labelled %s that is not one fails', async (coding, text) => {
    const { client } = await start(inPieces(Buffer.from('{"a":1}'), 100, coding));
    const reading = client.post('/x', {}, { context: call() }).then((response) => readJson(response));
    await expect(reading).rejects.toMatchObject({ message: `upstream error: ${text}`, status: 502 });
  });

  it('is decompressed no faster than it is read', async () => {
    const size = 256 * 1024 * 1024;
    const { client } = await start(inPieces(gzipSync(Buffer.alloc(size)), 1_000_000, 'gzip'));
    const response = await client.post('/x', {}, { context: call() });
    let received = 0;
    let release = (): void => undefined;
    const done = response.forEachBatch((batch) => {
      for (const { length } of batch) received += length;
      return new Promise((resolve) => {
        release = resolve;
      });
    });
    const before = process.memoryUsage().arrayBuffers;
    await wait(200);
    expect(received).toBeLessThan(size / 100);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size / 10);
    response.stop();
    release();
    await done;
  });
});
