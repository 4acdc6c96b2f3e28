import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientClosedError } from '#errors';
import { connectTo } from '../../../test/support/connection.js';
import { ImageConverter } from '#images';
import type { UpstreamRequestContext, UpstreamConnection, UpstreamRegistry, UpstreamResponse } from '#connections';
import { readJson } from '#connections';
import { Continuity } from '#continuity';
import { Counters } from '#observability';
import { AdaptedCalls } from './adapted-calls.js';
import { ReadableImages } from './readable-images.js';
import { UpstreamProfiles } from './upstream-profiles.js';
import { UpstreamClient } from './upstream.client.js';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const OK: Answer = (response) => response.end('{"ok":true}');
const CUT: Answer = (_response, request) => request.socket.destroy();
const RESET: Answer = (_response, request) => request.socket.resetAndDestroy();

describe('call that is tried again', () => {
  it.each([408, 429, 502, 503, 504])('succeeds after status %i', async (status) => {
    const { client, requests } = await start(1, [refuse(status), OK]);

    expect(await postJson(client, { a: 1 })).toEqual({ ok: true });
    expect(requests).toEqual(['call-1 {"a":1}', 'call-1 {"a":1}']);
  });

  it.each([
    ['cut', CUT],
    ['reset', RESET],
  ])('succeeds after a connection that was %s', async (_how, answer) => {
    const { client, requests } = await start(1, [answer, OK]);

    expect(await postJson(client)).toEqual({ ok: true });
    expect(requests).toHaveLength(2);
  });

  it('succeeds at the last try', async () => {
    const { client, requests } = await start(3, [refuse(503), CUT, refuse(429), OK]);

    expect(await postJson(client)).toEqual({ ok: true });
    expect(requests).toHaveLength(4);
  });

  it('fails as it did last when all tries are used up', async () => {
    const { client, requests } = await start(2, [refuse(503), refuse(502), refuse(504, 'Third'), OK]);

    await expect(postJson(client)).rejects.toMatchObject({ message: 'Third', status: 504 });
    expect(requests).toHaveLength(3);
  });

  it('waits as long as the upstream asks', async () => {
    const { client } = await start(1, [refuse(429, '', { 'retry-after': '30', 'retry-after-ms': '300' }), OK]);
    const begun = performance.now();

    await postJson(client);

    expect(performance.now() - begun).toBeGreaterThan(290);
  });

  it('has the time limit to itself', async () => {
    const late: Answer = (response) => setTimeout(() => response.end('{"ok":true}'), 200);
    const { client } = await start(1, [(response) => setTimeout(() => refuse(503)(response), 200), late], 350);

    expect(await postJson(client)).toEqual({ ok: true });
  });

  it('ends when the client leaves while it waits', async () => {
    const controller = new AbortController();
    const busy = refuse(503, '', { 'retry-after': '2' });
    const { client, requests } = await start(5, [
      (response) => {
        busy(response);
        setTimeout(() => controller.abort(), 50);
      },
      busy,
    ]);
    const begun = performance.now();

    await expect(postJson(client, {}, call(controller.signal))).rejects.toBeInstanceOf(ClientClosedError);

    expect(performance.now() - begun).toBeLessThan(1000);
    expect(requests).toHaveLength(1);
  });
});

describe('call that is not tried again', () => {
  it.each([400, 401, 403, 404, 413, 422, 500, 501])('is one that was refused with status %i', async (status) => {
    const { client, requests } = await start(3, [refuse(status), OK]);

    await expect(postJson(client)).rejects.toMatchObject({ upstreamStatus: status });
    expect(requests).toHaveLength(1);
  });

  it('is any when none may be', async () => {
    const { client, requests } = await start(0, [refuse(503), OK]);

    await expect(postJson(client)).rejects.toMatchObject({ status: 503 });
    expect(requests).toHaveLength(1);
  });

  it.each([['30'], [new Date(Date.now() + 60_000).toUTCString()]])(
    'is one that would have to wait too long: %s',
    async (retryAfter) => {
      const { client, requests } = await start(3, [refuse(429, 'Slow', { 'retry-after': retryAfter }), OK]);

      await expect(postJson(client)).rejects.toMatchObject({ status: 429, retryAfter });
      expect(requests).toHaveLength(1);
    },
  );

  it('does not count against the limits', async () => {
    const body = '{"error":{"message":"You exceeded your current quota.","code":"insufficient_quota"}}';
    const { client, requests } = await start(3, [refuse(429, body), OK]);

    await expect(postJson(client)).rejects.toMatchObject({
      message: 'You exceeded your current quota.',
    });
    expect(requests).toHaveLength(1);
  });

  it('is one whose answer had begun', async () => {
    const half: Answer = (response, request) => {
      response.writeHead(200).write('data: 1\n\n');
      setTimeout(() => request.socket.destroy(), 20);
    };
    const { client, requests } = await start(3, [half, OK]);

    const answer = await post(client, {}, call());

    await expect(answer.forEachBatch(() => undefined)).rejects.toThrow('the connection broke off');
    await wait(50);
    expect(requests).toHaveLength(1);
  });

  it('is one that took too long', async () => {
    const { client, requests } = await start(3, [() => undefined, OK], 60);

    await expect(postJson(client)).rejects.toMatchObject({ status: 504 });
    expect(requests).toHaveLength(1);
  });
});

function refuse(status: number, body = '', headers: Record<string, string> = {}): (response: ServerResponse) => void {
  return (response) => void response.writeHead(status, headers).end(body);
}

function post(
  connection: UpstreamConnection,
  body: object,
  context: UpstreamRequestContext,
): Promise<UpstreamResponse> {
  const model = { entry: undefined, rule: undefined, targets: [{ connection, model: '', entry: undefined }] };
  const profiles = new UpstreamProfiles({ current: { version: 1 } } as UpstreamRegistry);
  const adapted = new AdaptedCalls(profiles, new ReadableImages(new ImageConverter()));
  return new UpstreamClient(profiles, adapted, new Continuity(new Counters())).forward(
    '/x',
    () => JSON.stringify(body),
    model,
    context,
  );
}

async function postJson(connection: UpstreamConnection, body = {}, context = call()): Promise<unknown> {
  return readJson(await post(connection, body, context));
}

function call(signal = new AbortController().signal): { correlationId: string; signal: AbortSignal } {
  return { correlationId: 'call-1', signal };
}

/** An upstream that gives one answer after the other, and a client that may try again. */
async function start(
  maxRetries: number,
  answers: Answer[],
  firstByteMs = 5000,
): Promise<{ client: UpstreamConnection; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      requests.push(`${String(request.headers['x-request-id'])} ${Buffer.concat(parts).toString()}`);
      answers.shift()?.(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const times = { connectMs: 1000, firstByteMs, idleMs: 5000, maxRetries };
  const settings = { ...times };
  const client = connectTo(port, settings);
  onTestFinished(async () => {
    await client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { client, requests };
}
