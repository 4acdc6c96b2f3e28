import type { RequestListener } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postJson } from '../../../test/support/connection.js';
import { call, start } from '../../../test/support/upstream-server.js';

const answer: RequestListener = (_request, response) => void response.end('{"ok":true}');

/** A forward proxy that records the requests it passes on. */
async function startForwardProxy(login?: string): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    if (login !== undefined && incoming.headers['proxy-authorization'] !== login) {
      outgoing.writeHead(407).end();
      return;
    }
    seen.push(`${String(incoming.method)} ${String(incoming.url)}`);
    const { method, headers } = incoming;
    const passed = request(new URL(String(incoming.url)), { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  server.on('connect', (incoming, socket) => {
    seen.push(`CONNECT ${String(incoming.url)}`);
    const [host = '', port] = String(incoming.url).split(':');
    const through = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    through.on('error', () => socket.destroy()).pipe(socket);
    socket.on('error', () => through.destroy()).pipe(through);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

describe('calls through an HTTP proxy', () => {
  it('are those of clients and of model lists', async () => {
    const forward = await startForwardProxy();
    const { client } = await start(answer, { httpProxy: { url: forward.url, except: 'example.org' } });
    await expect(postJson(client, '/chat/completions', {}, call())).resolves.toEqual({ ok: true });
    await expect(client.getJson('/models', call())).resolves.toEqual({ ok: true });
    expect(forward.seen).toEqual([
      expect.stringMatching(/^POST http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions$/),
      expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:\d+\/v1\/models$/),
    ]);
  });

  it.each(['127.0.0.1', '*', 'example.org, 127.0.0.1'])('are not made for hosts in %j', async (except) => {
    const forward = await startForwardProxy();
    const { client } = await start(answer, { httpProxy: { url: forward.url, except } });
    await expect(postJson(client, '/x', {}, call())).resolves.toEqual({ ok: true });
    expect(forward.seen).toEqual([]);
  });

  it('are tunnelled to an upstream with https', async () => {
    const forward = await startForwardProxy();
    const { client, sockets } = await start(answer, {
      httpProxy: { url: forward.url, except: '' },
      baseUrl: 'https://127.0.0.1:9/v1',
    });
    await expect(client.post('/x', {}, { context: call() })).rejects.toMatchObject({ status: 502 });
    expect(forward.seen).toEqual(['CONNECT 127.0.0.1:9']);
    expect(sockets).toEqual([]);
  });

  it('log in with the user and password of the URL', async () => {
    const login = `Basic ${Buffer.from('ada:s3cret').toString('base64')}`;
    const forward = await startForwardProxy(login);
    const url = forward.url.replace('//', '//ada:s3cret@');
    const { client } = await start(answer, { httpProxy: { url, except: '' } });
    await expect(postJson(client, '/x', {}, call())).resolves.toEqual({ ok: true });
  });

  it('name the proxy where it refuses them', async () => {
    const forward = await startForwardProxy('Basic other');
    const { client } = await start(answer, { httpProxy: { url: forward.url, except: '' } });
    await expect(client.post('/x', {}, { context: call() })).rejects.toMatchObject({
      message: 'upstream error: the HTTP proxy refused the connection (status 407)',
    });
  });
});
