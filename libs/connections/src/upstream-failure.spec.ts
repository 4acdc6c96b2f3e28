import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createPlainServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UpstreamError } from '#errors';
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

describe('a base URL that leads to something else', () => {
  async function failureOf(
    status: number,
    type: string,
    body: string,
    path = '/chat/completions',
  ): Promise<UpstreamError> {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const client = connectTo((server.address() as AddressInfo).port);
    const reply = path === '/models' ? client.getJson(path, call()) : client.post(path, {}, { context: call() });
    const failure = await reply.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UpstreamError);
    expect(client.gate.lastFailure?.error).toBe(failure);
    return failure as UpstreamError;
  }

  it.each(['/chat/completions', '/models'])('to a web page: %s', async (path) => {
    const { message, status } = await failureOf(200, 'text/html; charset=utf-8', '<html></html>', path);
    expect([message, status]).toEqual(['upstream error: a web page instead of an API response; check BASE_URL', 502]);
  });

  it.each(['/chat/completions', '/completions', '/embeddings', '/models'])('to a wrong path: %s', async (path) => {
    const { message, status } = await failureOf(404, 'application/json', '{"error":"no such route"}', path);
    expect([message, status]).toEqual([
      `no such route (status 404 for ${path} below the base URL; check BASE_URL)`,
      502,
    ]);
  });

  it.each([
    ['x', { status: 404, isModelNotFound: true, message: 'The model `x` does not exist' }],
    // Longer than what is read of an error.
    ['x'.repeat(100_000), { status: 404 }],
  ])('is not assumed for a 404 about the model', async (model, expected) => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(404).end(`{"error":"The model \`${model}\` does not exist"}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const client = connectTo((server.address() as AddressInfo).port);
    const failure = await client.post('/chat/completions', {}, { context: call() }).catch((error: unknown) => error);
    expect(failure).toMatchObject(expected);
    expect(client.gate.lastFailure).toBeUndefined();
  });
});
