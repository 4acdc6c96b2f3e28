import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createPlainServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { call } from '../../../test/support/upstream-server.js';
import { hasOpenssl, makeCertificate } from '../../../test/support/certificates.js';
import { connectTo } from '../../../test/support/connection.js';

async function textOf(server: Server, origin: string, ca?: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = connectTo(port, {
    baseUrl: `${origin}:${port}/v1`,
    tls: { verify: true, ...(ca !== undefined && { ca }) },
  });
  const failure = await client.post('/x', {}, { context: call() }).catch((error: unknown) => error);
  return (failure as Error).message;
}

describe.skipIf(!hasOpenssl)('an upstream that cannot be talked to', () => {
  const { cert, key } = makeCertificate('other.example');

  it('has a certificate for another host name', async () => {
    const text = await textOf(createSecureServer({ cert, key }), 'https://localhost', cert);
    expect(text).toBe('upstream error: the certificate is for another host name');
  });

  it('speaks TLS, and is called without', async () => {
    expect(await textOf(createSecureServer({ cert, key }), 'http://127.0.0.1')).toMatch(
      /an upstream with TLS needs .* https:\/\//,
    );
  });

  it('speaks HTTP without TLS, and is called with it', async () => {
    expect(await textOf(createServer(), 'https://127.0.0.1')).toMatch(
      /does not use TLS, so its base URL must begin with http:/,
    );
  });

  it('speaks something else', async () => {
    const ssh = createPlainServer((socket) => socket.on('error', () => undefined).write('SSH-2.0-x\r\n'));
    expect(await textOf(ssh, 'http://127.0.0.1')).toBe('upstream error: the response is not HTTP');
  });
});
