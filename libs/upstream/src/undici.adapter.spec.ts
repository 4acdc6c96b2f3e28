import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { UpstreamSettings } from '#config';
import { UpstreamError } from '#errors';
import { connectTo } from '../../../test/support/connection.js';
import type { UpstreamConnection } from './upstream-connection.js';

const BROKE_OFF = { message: 'upstream error: the connection broke off', status: 502 };

describe('connection to the backend', () => {
  it('tells that it was refused', async () => {
    const { client, close } = await start(() => undefined);
    await close();

    const failure = await client.post('/x', {}, '', call()).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(UpstreamError);
    expect(failure).toMatchObject({ message: 'upstream error: the connection was refused', status: 502 });
    expect((failure as Error).message).not.toMatch(/127\.0\.0\.1|\d{4,5}/);
  });

  it.each(['destroy', 'resetAndDestroy'] as const)('tells that it was cut before the answer (%s)', async (cut) => {
    const { client } = await start((request) => request.socket[cut]());

    await expect(client.post('/x', {}, '', call())).rejects.toMatchObject(BROKE_OFF);
  });

  it.each([{}, { 'content-length': '100' }])('tells that it was cut inside the answer with %j', async (headers) => {
    const { client } = await start((request, response) => {
      response.writeHead(200, headers).write('data: 1\n\n');
      setTimeout(() => request.socket.destroy(), 30);
    });

    const { text, done } = await read(client);

    await expect(done).rejects.toMatchObject(BROKE_OFF);
    expect(text()).toBe('data: 1\n\n');
  });

  it('tells that no answer came', async () => {
    const { client, sockets } = await start(() => undefined, { firstByteMs: 60 });

    await expect(client.post('/x', {}, '', call())).rejects.toMatchObject({
      message: 'upstream error: no answer within 0.06 s',
      status: 504,
    });
    await closed(sockets[0]);
  });

  it('tells that nothing came after the headers', async () => {
    const { client, sockets } = await start((_request, response) => response.writeHead(200).flushHeaders(), {
      firstByteMs: 60,
    });

    const { done } = await read(client);

    await expect(done).rejects.toMatchObject({ message: 'upstream error: no answer within 0.06 s', status: 504 });
    await closed(sockets[0]);
  });

  it('tells that nothing more came', async () => {
    const { client, sockets } = await start((_request, response) => void response.writeHead(200).write('data: 1\n\n'), {
      idleMs: 60,
    });

    const { text, done } = await read(client);

    await expect(done).rejects.toMatchObject({
      message: 'upstream error: the stream was silent for 0.06 s',
      status: 504,
    });
    expect(text()).toBe('data: 1\n\n');
    await closed(sockets[0]);
  });

  it('takes as long as something comes', async () => {
    const { client } = await start(
      (_request, response) => {
        let count = 0;
        const timer = setInterval(() => {
          if ((count += 1) < 10) response.write('x');
          else response.end(() => clearInterval(timer));
        }, 25);
      },
      { idleMs: 150, firstByteMs: 150 },
    );

    const { text, done } = await read(client);
    await done;

    expect(text()).toBe('x'.repeat(9));
  });

  it('does not count the time that the reader takes', async () => {
    const { client } = await start((_request, response) => response.end('x'), { idleMs: 50, firstByteMs: 1000 });

    const { text, done } = await read(client, () => wait(200, undefined));
    await done;

    expect(text()).toBe('x');
  });
});

function call(signal = new AbortController().signal): { correlationId: string; signal: AbortSignal } {
  return { correlationId: 'call-1', signal };
}

async function read(
  client: UpstreamConnection,
  patience: () => Promise<void> | undefined = () => undefined,
  signal?: AbortSignal,
): Promise<{ text: () => string; done: Promise<void> }> {
  const parts: Uint8Array[] = [];
  const answer = await client.post('/x', {}, '', call(signal));
  const done = answer.forEachBatch((batch) => {
    parts.push(...batch);
    return patience();
  });
  return { text: () => Buffer.concat(parts).toString(), done };
}

/** The backend sees within 100 ms that nobody listens. */
async function closed(socket: Socket | undefined): Promise<void> {
  for (let waited = 0; waited < 100 && socket?.destroyed === false; waited += 5) await wait(5);
  expect(socket?.destroyed).toBe(true);
}

async function start(
  answer: RequestListener,
  more: Partial<UpstreamSettings> = {},
): Promise<{ client: UpstreamConnection; sockets: Socket[]; close: () => Promise<void> }> {
  const sockets: Socket[] = [];
  const server = createServer(answer).on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const times = { connectMs: 1000, firstByteMs: 5000, idleMs: 5000, maxRetries: 0 };
  const settings = { ...times, ...more };
  const client = connectTo(port, settings);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  onTestFinished(async () => {
    await client.destroy();
    await close();
  });
  return { client, sockets, close };
}
