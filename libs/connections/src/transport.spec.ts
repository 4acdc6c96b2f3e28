import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { UpstreamError } from '#errors';
import { call, closed, read, start } from '../../../test/support/upstream-server.js';

const BROKE_OFF = { message: 'upstream error: the connection broke off', status: 502 };

describe('connection to the upstream', () => {
  it('reports a refused connection', async () => {
    const { client, close } = await start(() => undefined);
    await close();

    const failure = await client.post('/x', {}, { context: call() }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(UpstreamError);
    expect(failure).toMatchObject({ message: 'upstream error: the connection was refused', status: 502 });
    expect((failure as Error).message).not.toMatch(/127\.0\.0\.1|\d{4,5}/);
  });

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'reports a connection that was cut before the response (%s)',
    async (cut) => {
      const { client } = await start((request) => request.socket[cut]());

      const message = cut === 'destroy' ? expect.stringContaining('closed without a response') : BROKE_OFF.message;
      await expect(client.post('/x', {}, { context: call() })).rejects.toMatchObject({ message, status: 502 });
    },
  );

  it.each([{}, { 'content-length': '100' }])('reports a response that was cut, with %j', async (headers) => {
    const { client } = await start((request, response) => {
      response.writeHead(200, headers).write('data: 1\n\n');
      setTimeout(() => request.socket.destroy(), 30);
    });

    const { text, done } = await read(client);

    await expect(done).rejects.toMatchObject(BROKE_OFF);
    expect(text()).toBe('data: 1\n\n');
  });

  it('reports a missing response', async () => {
    const { client, sockets } = await start(() => undefined, { firstByteMs: 60 });

    await expect(client.post('/x', {}, { context: call() })).rejects.toMatchObject({
      message: 'upstream error: no answer within 0.06 s',
      status: 504,
    });
    await closed(sockets[0]);
  });

  it('reports silence after the headers', async () => {
    const { client, sockets } = await start((_request, response) => response.writeHead(200).flushHeaders(), {
      firstByteMs: 60,
    });

    await expect(read(client)).rejects.toMatchObject({
      message: 'upstream error: no answer within 0.06 s',
      status: 504,
    });
    await closed(sockets[0]);
  });

  it('reports silence within the body', async () => {
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
