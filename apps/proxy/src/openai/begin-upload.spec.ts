import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { beginUpload } from './begin-upload.js';

const WINDOW_MS = 100;

function requestOf(headers: Record<string, string> = {}): PassThrough & Request {
  return Object.assign(new PassThrough(), { headers }) as unknown as PassThrough & Request;
}

const begin = (request: Request, signal = new AbortController().signal, maxBytes = 0): Promise<Readable> =>
  beginUpload(request, { maxBytes, signal, windowMs: WINDOW_MS });

async function read(body: Readable): Promise<number> {
  let size = 0;
  for await (const chunk of body) size += (chunk as Buffer).length;
  return size;
}

describe('an upload', () => {
  it('begins with its first bytes, not before', async () => {
    const request = requestOf();
    let hasBegun = false;
    const begun = begin(request).then((body) => {
      hasBegun = true;
      return body;
    });
    request.write(Buffer.alloc(10_000));
    await wait(20);
    expect(hasBegun).toBe(false);
    request.write(Buffer.alloc(10_000));
    const body = await begun;
    request.end(Buffer.alloc(100_000));
    expect(await read(body)).toBe(120_000);
  });

  it.each([0, 1, 16_383, 16_384, 1_000_000])('of %i bytes is complete', async (size) => {
    const request = requestOf();
    request.end(Buffer.alloc(size));
    expect(await read(await begin(request))).toBe(size);
  });

  it('that drips never begins', async () => {
    const request = requestOf();
    const drip = setInterval(() => request.write('x'), 5);
    await expect(begin(request)).rejects.toMatchObject({ status: 408, message: expect.stringContaining('too slow') });
    clearInterval(drip);
  });

  it('that drips after its first bytes fails', async () => {
    const request = requestOf();
    request.write(Buffer.alloc(20_000));
    const body = await begin(request);
    const drip = setInterval(() => request.write('x'), 5);
    await expect(read(body)).rejects.toMatchObject({ status: 408 });
    clearInterval(drip);
  });

  it('may wait as long as the upstream does not read', async () => {
    const request = requestOf();
    request.write(Buffer.alloc(200_000));
    const body = await begin(request);
    await wait(4 * WINDOW_MS);
    request.end();
    expect(await read(body)).toBe(200_000);
  });

  it('of a client that has left never begins', async () => {
    const request = requestOf();
    request.destroy();
    await expect(begin(request)).rejects.toMatchObject({ status: 499 });
    const other = requestOf();
    await expect(begin(other, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
  });

  it('ends with its client, before and after its first bytes', async () => {
    const client = new AbortController();
    const request = requestOf();
    const begun = begin(request, client.signal);
    client.abort();
    await expect(begun).rejects.toMatchObject({ status: 499 });
    const later = new AbortController();
    const other = requestOf();
    other.write(Buffer.alloc(20_000));
    const body = await begin(other, later.signal);
    later.abort();
    await expect(read(body)).rejects.toMatchObject({ status: 499 });
  });

  it('beyond its limit is refused, announced or not', async () => {
    await expect(begin(requestOf({ 'content-length': '11' }), undefined, 10)).rejects.toMatchObject({ status: 413 });
    const request = requestOf();
    request.write(Buffer.alloc(20_000));
    await expect(begin(request, undefined, 10)).rejects.toMatchObject({ status: 413 });
  });
});
