import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { UpstreamSettings } from '#config';
import type { UpstreamConnection } from '#connections';
import { connectTo } from './connection.js';

export function call(signal = new AbortController().signal): { correlationId: string; signal: AbortSignal } {
  return { correlationId: 'call-1', signal };
}

export async function read(
  client: UpstreamConnection,
  patience: () => Promise<void> | undefined = () => undefined,
  signal?: AbortSignal,
): Promise<{ text: () => string; done: Promise<void> }> {
  const parts: Uint8Array[] = [];
  const answer = await client.post('/x', {}, { context: call(signal) });
  const done = answer.forEachBatch((batch) => {
    parts.push(...batch);
    return patience();
  });
  return { text: () => Buffer.concat(parts).toString(), done };
}

/** The upstream notices within 100 ms that the client is gone. */
export async function closed(socket: Socket | undefined): Promise<void> {
  for (let waited = 0; waited < 100 && socket?.destroyed === false; waited += 5) await wait(5);
  expect(socket?.destroyed).toBe(true);
}

export async function start(
  answer: RequestListener,
  more: Partial<UpstreamSettings> = {},
): Promise<{ client: UpstreamConnection; sockets: Socket[]; close: () => Promise<void> }> {
  const sockets: Socket[] = [];
  const server = createServer(answer).on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = connectTo(port, more);
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
