import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UpstreamError } from '#errors';
import { connectTo, postJson } from '../../../test/support/connection.js';
import type { UpstreamConnection } from './upstream-connection.js';

const CALL = { correlationId: 'call-1', signal: new AbortController().signal };

describe('call of the upstream', () => {
  it('sends JSON with the key and the id of the request', async () => {
    const { client, requests } = await start((_request, response) => response.end('{}'), { apiKey: 'sk-x' });

    await (
      await client.post('/chat/completions', { text: 'Grüß 🙂' }, { context: CALL })
    ).forEachBatch(() => undefined);

    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/v1/chat/completions', body: '{"text":"Grüß 🙂"}' });
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer sk-x',
      'x-request-id': 'call-1',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'user-agent': 'ollama-openai-proxy',
      'content-length': '22',
    });
  });

  it('sends no key when there is none, and no body with GET', async () => {
    const { client, requests } = await start((_request, response) => response.end('{"data":[]}'));

    expect(await client.getJson('/models', CALL)).toEqual({ data: [] });
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/v1/models', body: '' });
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
    expect(requests[0]?.headers).not.toHaveProperty('content-type');
    expect(requests[0]?.headers).toHaveProperty('x-request-id', 'call-1');
  });

  it('keeps the query of the base URL', async () => {
    const { client, requests } = await start((_request, response) => response.end('{}'), { query: '?api-version=1' });

    await client.getJson('/models', CALL);

    expect(requests[0]?.url).toBe('/v1/models?api-version=1');
  });

  it.each([
    ['/x', '/x?api-version=1&k=2'],
    ['/x?a=b&c', '/x?api-version=1&k=2&a=b&c'],
    ['/x?', '/x?api-version=1&k=2'],
    ['/x?api-version=evil&a=b&K=3&%6B=4&api-Version=5&api-version', '/x?api-version=1&k=2&a=b'],
  ])('does not let a client replace the query of the base URL: %s', async (path, expected) => {
    const { client, requests } = await start((_request, response) => response.end('{}'), {
      query: '?api-version=1&k=2',
    });

    await client.post(path, {}, { context: CALL });

    expect(requests[0]?.url).toBe(`/v1${expected}`);
  });

  it.each([
    [
      '',
      '.',
      '..',
      '../x',
      'a/../../x',
      '..\\x',
      '%2e%2e',
      '.%2E',
      '..%2fx',
      '%252e%252e%252fx',
      '..;a=b/x',
      '..\t',
      '.\n.',
    ],
    ['%2525252525252e', '%25252e%2e', `%${'25'.repeat(100_000)}`],
  ])('does not leave the path of a deployment for the model "%s" and others', async (...models) => {
    const { client, requests } = await start((_request, response) => response.end('{}'), {
      baseUrl: 'http://127.0.0.1:PORT/deployments/{model}',
    });

    for (const model of models)
      await expect(client.post('/x', {}, { context: CALL, model })).rejects.toMatchObject({ status: 404 });

    expect(requests).toEqual([]);
  });

  it('escapes a model in the path of its deployment, and leaves out the segment without one', async () => {
    const { client, requests } = await start((_request, response) => response.end('{}'), {
      baseUrl: 'http://127.0.0.1:PORT/deployments/{model}',
    });

    for (const model of ['vendor/m', 'a?b#c', '...', 'a..b', '100%', 'gpt-4.1', undefined])
      await client.post('/x', {}, { context: CALL, ...(model !== undefined && { model }) });

    expect(requests.map(({ url }) => url)).toEqual([
      ...['vendor%2Fm', 'a%3Fb%23c', '...', 'a..b', '100%25', 'gpt-4.1'].map((segment) => `/deployments/${segment}/x`),
      '/x',
    ]);
  });

  it('gives the type of the answer and its bytes as they come', async () => {
    const { client } = await start((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      setTimeout(() => response.end('data: 2\n\n'), 30);
    });
    const batches: string[] = [];

    const answer = await client.post('/x', {}, { context: CALL });
    await answer.forEachBatch((batch) => {
      batches.push(Buffer.concat(batch).toString());
      return undefined;
    });

    expect(answer.contentType).toBe('text/event-stream');
    expect(batches).toEqual(['data: 1\n\n', 'data: 2\n\n']);
  });

  it('uses a connection again', async () => {
    const ports = new Set<unknown>();
    const { client } = await start((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('{}');
    });

    for (let count = 0; count < 3; count += 1) {
      await postJson(client, '/x', {}, CALL);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }

    expect(ports.size).toBe(1);
  });

  it('fails for JSON that is none', async () => {
    const { client } = await start((_request, response) => response.end('<html>'));

    await expect(client.getJson('/models', CALL)).rejects.toMatchObject({
      message: 'upstream error: malformed data (6 characters)',
      status: 502,
    });
  });

  it.each([301, 302, 307, 308])('does not follow a redirect with status %i', async (status) => {
    const { client, requests } = await start((_request, response) => {
      response.writeHead(status, { location: '/elsewhere' }).end();
    });

    await expect(client.post('/x', {}, { context: CALL })).rejects.toMatchObject({
      message: `upstream error: redirected (status ${status}); check BASE_URL`,
      status: 502,
    });
    expect(requests).toHaveLength(1);
  });

  it.each<[number, string, object]>([
    [400, '{"error":{"message":"Bad","code":400}}', { message: 'Bad', status: 400, upstreamStatus: 400 }],
    [
      401,
      '{"detail":"Invalid API Key"}',
      { message: 'Invalid API Key (status 401 of the upstream; check KEY)', status: 502, upstreamStatus: 401 },
    ],
    [404, '{"error":{"message":"The model `m.1` does not exist"}}', { status: 404, isModelNotFound: true }],
    [404, '{"error":{"message":"No such route"}}', { status: 404, isModelNotFound: false }],
    [422, '{"detail":[{"loc":["body","n"],"msg":"extra"}]}', { message: 'body.n: extra', status: 400 }],
    [500, '{"error":"too large to process"}', { message: 'too large to process', status: 400 }],
    [500, '', { message: 'upstream error: status 500', status: 500 }],
    [502, '<html><title>502 Bad Gateway</title></html>', { message: '502 Bad Gateway', status: 502 }],
    [503, 'busy', { message: 'busy', status: 503, retryAfter: undefined }],
    [504, ' ', { message: 'upstream error: status 504', status: 504 }],
    [418, '{"error":{"message":"Key sk-abcdef123 is bad"}}', { message: 'Key sk-*** is bad', status: 418 }],
  ])('describes a rejection with status %i and body %j', async (status, body, expected) => {
    const { client } = await start((_request, response) => response.writeHead(status).end(body));

    const failure = await client.post('/x', {}, { context: CALL }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(UpstreamError);
    expect(failure).toMatchObject(expected);
  });

  it('passes on when to come again', async () => {
    const { client } = await start((_request, response) => response.writeHead(429, { 'retry-after': '7' }).end());

    await expect(client.post('/x', {}, { context: CALL })).rejects.toMatchObject({ status: 429, retryAfter: '7' });
  });

  it('reads no more of a refusal than it needs', async () => {
    const { client } = await start((_request, response) => {
      response.writeHead(500);
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', write);
      write();
    });

    const failure = await client.post('/x', {}, { context: CALL }).catch((error: unknown) => error);

    expect((failure as Error).message).toBe('x'.repeat(500));
  });

  it('keeps the status of a rejection whose text broke off', async () => {
    const { client } = await start((_request, response) => {
      response.writeHead(500, { 'content-length': '100' }).write('half');
      setTimeout(() => response.destroy(), 20);
    });

    await expect(client.post('/x', {}, { context: CALL })).rejects.toMatchObject({
      message: 'upstream error: status 500',
      status: 500,
    });
  });
});

interface SeenRequest {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A client and the upstream it calls, which notes down what it sees before it answers. */
async function start(
  answer: RequestListener,
  more: Parameters<typeof connectTo>[1] = {},
): Promise<{ client: UpstreamConnection; requests: SeenRequest[] }> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(parts).toString() });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const times = { connectMs: 1000, firstByteMs: 5000, idleMs: 5000, maxRetries: 0 };
  const baseUrl = (more.baseUrl ?? 'http://127.0.0.1:PORT/v1').replace('PORT', String(port));
  const settings = { ...times, ...more, baseUrl };
  const client = connectTo(port, settings);
  onTestFinished(async () => {
    await client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { client, requests };
}
