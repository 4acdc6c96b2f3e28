import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

/** Larger than what is ever held of a body: it has to stream through. */
const SOUND = Buffer.alloc(20 * 1024 * 1024, 'wave');

interface Upload {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly hasSound: boolean;
}

/** As it is: fetch would tidy the path up. */
function postRaw(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, path, method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.once('error', reject).end('x');
  });
}

describe('files with the official OpenAI client', () => {
  const uploads: Upload[] = [];
  let status = 200;
  const upstream = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const body = Buffer.concat(parts);
      if (incoming.method === 'POST') {
        uploads.push({
          path: incoming.url ?? '',
          type: incoming.headers['content-type'] ?? '',
          size: body.length,
          hasSound: body.includes(SOUND.subarray(0, 1_000_000)),
        });
      }
      response.statusCode = incoming.method === 'POST' ? status : 200;
      response.setHeader('content-type', 'application/json');
      response.end(
        incoming.url?.endsWith('/models')
          ? '{"data":[{"id":"whisper"}]}'
          : '{"text":"hello","id":"file-1","object":"file"}',
      );
    });
  });
  let proxy: RunningProxy;
  let openai: OpenAI;

  beforeAll(async () => {
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    proxy = await startProxy(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`);
    openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'sk-client', maxRetries: 0 });
  });
  afterAll(async () => {
    await proxy.close();
    upstream.closeAllConnections();
    upstream.close();
  });

  it('pass unchanged, above the size of buffered bodies', async () => {
    const { text } = await openai.audio.transcriptions.create({ model: 'whisper', file: await toFile(SOUND, 'a.wav') });
    expect(text).toBe('hello');
    expect(uploads.at(-1)).toMatchObject({
      path: '/v1/audio/transcriptions',
      type: expect.stringContaining('multipart/form-data; boundary='),
      hasSound: true,
    });
    expect(uploads.at(-1)?.size).toBeGreaterThan(SOUND.length);
    const file = await openai.files.create({ purpose: 'assistants', file: await toFile(Buffer.from('{}'), 'x.jsonl') });
    expect(file.id).toBe('file-1');
  });

  it('are sent once, since a streamed body cannot be repeated', async () => {
    const patient = await startProxy(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`, {
      MAX_RETRIES: '3',
    });
    const client = new OpenAI({ baseURL: `${patient.url}/v1`, apiKey: 'sk-client', maxRetries: 0 });
    status = 503;
    const seen = uploads.length;
    await expect(
      client.files.create({ purpose: 'assistants', file: await toFile(Buffer.from('{}'), 'x') }),
    ).rejects.toThrow('503');
    expect(uploads).toHaveLength(seen + 1);
    status = 200;
    await patient.close();
  });

  it('are refused on other paths and outside /v1', async () => {
    const seen = uploads.length;
    for (const path of [
      '/v1/admin/keys',
      '/v1/images/../admin',
      '/v1/images/%2e%2e/%2e%2e/admin',
      '/v1/images/..%2fadmin',
    ]) {
      expect([path, await postRaw(proxy.port, path)]).toEqual([path, 404]);
    }
    expect(uploads).toHaveLength(seen);
  });
});
