import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { call, start } from '../../../test/support/upstream-server.js';

describe('what is not the fault of the upstream', () => {
  it('is a client that stops in the middle of its upload', async () => {
    const { client } = await start(
      (request, response) => {
        request.resume().once('end', () => response.end('{}'));
      },
      { firstByteMs: 100 },
    );
    const stream = new PassThrough();
    const answer = client.post('/x', { stream, headers: { 'content-type': 'audio/wav' } }, { context: call() });
    stream.write('some');
    await wait(250);
    stream.end('more');
    expect((await answer).status).toBe(200);
  });

  it('is none that keeps silent after the upload', async () => {
    const { client } = await start((request) => void request.resume(), { firstByteMs: 100 });
    const stream = new PassThrough();
    stream.end('all');
    await expect(client.post('/x', { stream, headers: {} }, { context: call() })).rejects.toMatchObject({
      failureKind: 'first-byte',
    });
    expect(client.gate.counts.failed).toBe(1);
  });

  it('is a time limit that was used up before it was asked', async () => {
    const { client, sockets } = await start((_request, response) => response.end('{}'), { totalMs: 500 });
    const failure = client.post('/x', {}, { context: call(), deadline: { at: performance.now() - 1, limitMs: 500 } });
    await expect(failure).rejects.toMatchObject({ failureKind: 'total', message: expect.stringContaining('0.5 s') });
    expect([sockets.length, client.gate.counts.neutral, client.gate.queue.running]).toEqual([0, 1, 0]);
  });
});

describe('an answer that is not HTTP', () => {
  it('is no trouble that passes', async () => {
    const { client } = await start((request) => void request.socket.end('nonsense\r\n\r\n'));
    await expect(client.post('/x', {}, { context: call() })).rejects.toMatchObject({
      status: 502,
      failureKind: undefined,
    });
  });
});

describe('an upstream that repeats what it was sent', () => {
  it.each(['post', 'getJson'] as const)('does not reveal the headers of the call (%s)', async (method) => {
    const headers = { 'x-team': 'team-secret-value', authorization: 'Bearer plainkey-1234' };
    const { client } = await start(
      (request, response) => {
        response.writeHead(400).end(JSON.stringify({ error: { message: JSON.stringify(request.headers) } }));
      },
      { headers },
    );
    const failure: unknown = await (
      method === 'post' ? client.post('/x', {}, { context: call() }) : client.getJson('/x', call())
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({ upstreamStatus: 400 });
    const { message, body } = failure as { message: string; body: string };
    expect(message + body).not.toMatch(/team-secret|plainkey/);
  });
});
