import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ClientClosedError } from '#errors';
import { call, closed, read, start } from '../../../test/support/upstream-server.js';

describe('connection that is no longer needed', () => {
  it('is not read while the reader is busy', async () => {
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

    await expect(client.post('/x', {}, { context: call(controller.signal) })).rejects.toBeInstanceOf(ClientClosedError);
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

    await expect(client.post('/x', {}, { context: call(AbortSignal.abort()) })).rejects.toBeInstanceOf(
      ClientClosedError,
    );
    expect(sockets).toHaveLength(0);
  });

  it('is closed when the rest is not needed', async () => {
    const { client, sockets } = await start((_request, response) => void response.write('data: [DONE]\n\n'));

    const answer = await client.post('/x', {}, { context: call() });
    await answer.forEachBatch(() => {
      answer.stop();
      return undefined;
    });

    await closed(sockets[0]);
  });

  it('is closed, and the reading over, when the rest is not waited for any longer', { timeout: 1000 }, async () => {
    const { client, sockets } = await start((_request, response) => void response.write('data: 1\n\n'));

    const answer = await client.post('/x', {}, { context: call() });
    setTimeout(() => answer.stop(), 30);
    await answer.forEachBatch(() => undefined);

    await closed(sockets[0]);
  });
});
