import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { UpstreamSettings } from '#config';
import { ClientClosedError } from '#errors';
import { connectTo } from '../../../test/support/connection.js';
import type { UpstreamConnection } from './upstream-connection.js';

describe('connection that nobody needs any longer', () => {
  it('is not read while the reader asks for patience', async () => {
    const { client, sockets } = await start((_request, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', write);
      write();
    });
    const controller = new AbortController();

    const { done } = await read(client, () => new Promise<undefined>(() => undefined), controller.signal);
    done.catch(() => undefined);
    await wait(100);
    const before = sockets[0]!.bytesWritten;
    await wait(200);

    expect(sockets[0]!.bytesWritten).toBe(before);
    controller.abort();
    await closed(sockets[0]);
  });

  it('is closed when the client leaves before the answer', async () => {
    const controller = new AbortController();
    const { client, sockets } = await start(() => {
      controller.abort();
    });

    await expect(client.post('/x', {}, '', call(controller.signal))).rejects.toBeInstanceOf(ClientClosedError);
    await closed(sockets[0]);
  });

  it('is closed when the client leaves inside the answer', async () => {
    const controller = new AbortController();
    const { client, sockets } = await start((_request, response) => void response.write('data: 1\n\n'));

    const { text, done } = await read(
      client,
      () => {
        controller.abort();
        return undefined;
      },
      controller.signal,
    );

    await expect(done).rejects.toBeInstanceOf(ClientClosedError);
    expect(text()).toBe('data: 1\n\n');
    await closed(sockets[0]);
  });

  it('is not opened for a client that has left', async () => {
    const { client, sockets } = await start((_request, response) => response.end());

    await expect(client.post('/x', {}, '', call(AbortSignal.abort()))).rejects.toBeInstanceOf(ClientClosedError);
    expect(sockets).toHaveLength(0);
  });

  it('is closed when the rest is not needed', async () => {
    const { client, sockets } = await start((_request, response) => void response.write('data: [DONE]\n\n'));

    const answer = await client.post('/x', {}, '', call());
    await answer.forEachBatch(() => {
      answer.stop();
      return undefined;
    });

    await closed(sockets[0]);
  });

  it('is closed, and the reading over, when the rest is not waited for any longer', { timeout: 1000 }, async () => {
    const { client, sockets } = await start((_request, response) => void response.write('data: 1\n\n'));

    const answer = await client.post('/x', {}, '', call());
    setTimeout(() => answer.stop(), 30);
    await answer.forEachBatch(() => undefined);

    await closed(sockets[0]);
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
