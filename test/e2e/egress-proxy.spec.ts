import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { expect, it, onTestFinished } from 'vitest';
import { ask, textOf } from '../support/ask.js';
import { hasOpenssl, makeCertificate } from '../support/certificates.js';
import { startChild } from '../support/child-proxy.js';

const ANSWER = {
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
};

async function portOf(server: ReturnType<typeof createServer | typeof createSecureServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

it.skipIf(!hasOpenssl)('the built proxy reaches an upstream with TLS by CONNECT', { timeout: 60_000 }, async () => {
  const { cert, key } = makeCertificate('upstream');
  const upstream = createSecureServer({ cert, key }, (request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url === '/v1/models' ? { data: [{ id: 'm' }] } : ANSWER));
  });
  const upstreamPort = await portOf(upstream);
  const tunnels: string[] = [];
  const forward = createServer();
  forward.on('connect', ({ url }, socket) => {
    tunnels.push(String(url));
    const through = connect(upstreamPort, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    through.on('error', () => socket.destroy()).pipe(socket);
    socket.on('error', () => through.destroy()).pipe(through);
  });
  const { url } = await startChild(`https://127.0.0.1:${upstreamPort}/v1`, {
    HTTPS_PROXY: `http://127.0.0.1:${await portOf(forward)}`,
    NO_PROXY: '',
    DISABLE_SSL_VERIFICATION: 'true',
  });
  const { status, lines } = await ask(`${url}/api/chat`, {
    model: 'm',
    stream: false,
    messages: [{ role: 'user', content: 'hi' }],
  });

  expect(status).toBe(200);
  expect(textOf(lines)).toBe('hello');
  expect(new Set(tunnels)).toEqual(new Set([`127.0.0.1:${upstreamPort}`]));
});
