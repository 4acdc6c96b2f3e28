import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, until } from '../support/ask.js';
import { sendRaw } from '../support/raw-socket.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

/** The same request to the upstream directly and through the proxy. */
async function both(path: string, body?: unknown) {
  const direct = await ask(`${setup.simulator.url}${path}`, body);
  const through = await setup.ask(`/v1${path}`, body);
  return { direct, through };
}

/** Ids count up in the simulator; nothing else may differ. */
const plain = (text: string) => text.replace(/"(id|created)":"?[^",}]*"?/g, '"$1":0');

const messages = [{ role: 'user', content: 'Grüße, 日本 🙂' }];

describe('the OpenAI API', () => {
  it.each([
    ['chat', '/chat/completions', { model: 'sim-chat', messages }],
    [
      'a stream',
      '/chat/completions',
      { model: 'sim-chat', messages, stream: true, stream_options: { include_usage: true } },
    ],
    ['completions', '/completions', { model: 'sim-chat', prompt: 'once' }],
    ['embeddings as base64', '/embeddings', { model: 'sim-embed', input: ['a', 'b'], encoding_format: 'base64' }],
    [
      'an error of the upstream',
      '/chat/completions',
      { model: 'sim-chat', messages: [{ role: 'user', content: '@sim {"status":429,"error":"slow"}' }] },
    ],
    ['an unknown model', '/chat/completions', { model: 'nope', messages }],
  ])('passes %s byte for byte', async (_name, path, body) => {
    const { direct, through } = await both(path, body);
    expect(through.status).toBe(direct.status);
    expect(plain(through.text)).toBe(plain(direct.text));
    expect(through.type.split(';')[0]).toBe(direct.type.split(';')[0]);
  });

  it('lists the models as the upstream does', async () => {
    const { direct, through } = await both('/models');
    const byId = (text: string) =>
      (JSON.parse(text) as { data: { id: string }[] }).data.toSorted((left, right) => left.id.localeCompare(right.id));
    expect(byId(through.text)).toEqual(byId(direct.text));
    expect((await setup.ask('/v1/models/vendor/sim-large:free')).lines[0]).toMatchObject({
      id: 'vendor/sim-large:free',
      object: 'model',
    });
    expect((await setup.ask('/v1/models/nope')).status).toBe(404);
  });

  it('accepts the names of /api/tags, and changes only the name', async () => {
    const text = `{"messages":[{"role":"user","content":"a \\"model\\": \\"x\\""}],  "model" : "sim-chat:latest", "metadata":{"model":"y"}}`;
    const { status } = await setup.ask('/v1/chat/completions', text);
    expect(status).toBe(200);
    expect(setup.simulator.requests.at(-1)?.body).toEqual({ ...(JSON.parse(text) as object), model: 'sim-chat' });
  });

  it("has its own errors in OpenAI's format", async () => {
    const missing = await setup.ask('/v1/chat/completions', '{}');
    expect([missing.status, missing.lines]).toEqual([
      400,
      [{ error: { message: 'model is required', type: 'invalid_request_error', param: null, code: null } }],
    ]);
    expect((await setup.ask('/v1/chat/completions', '{"model":')).status).toBe(400);
    expect((await setup.ask('/v1/nothing/here')).text).toBe('404 page not found');
    expect((await setup.ask('/v1/chat/completions')).status).toBe(405);
  });

  it('translates an API that the upstream lacks, and asks for it once', async () => {
    for (const _round of [1, 2]) {
      const { status, lines } = await setup.ask('/v1/responses', { model: 'sim-chat', input: 'x' });
      expect([status, lines]).toEqual([200, [expect.objectContaining({ object: 'response', status: 'completed' })]]);
    }
    const paths = setup.simulator.requests.filter(({ method }) => method === 'POST').map(({ path }) => path);
    expect(paths).toEqual(['/v1/responses', '/v1/chat/completions', '/v1/chat/completions']);
  });

  it('ends a stream that breaks off with an error event', async () => {
    const body = {
      model: 'sim-chat',
      stream: true,
      messages: [{ role: 'user', content: '@sim {"cut":"reset","tokens":20,"tokenDelayMs":5}' }],
    };
    const { text } = await setup.ask('/v1/chat/completions', body);
    expect(text).toContain('"code":"stream_truncated"');
    expect(text).not.toContain('[DONE]');
  });

  it('sends no error for a connection that breaks after the end of a stream', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: {"choices":[]}\n\ndata: [DONE]\n\n', () => setTimeout(() => response.destroy(), 50));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = await startProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(async () => {
      await proxy.close();
      server.close();
    });
    const body = { model: 'x', messages: [], stream: true };
    const { text } = await ask(`${proxy.url}/v1/chat/completions`, body);
    expect(text).toBe('data: {"choices":[]}\n\ndata: [DONE]\n\n');
  });

  it.each(['after-headers', 'reset'])(
    'responds with an error status when an answer breaks off before its first byte: %s',
    async (how) => {
      const server = createServer((request, response) => {
        request.resume();
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 }).flushHeaders();
        if (how === 'reset') setTimeout(() => response.destroy(), 50);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const proxy = await startProxy(upstream, {
        STREAM_IDLE_TIMEOUT: '0.3',
        REQUEST_TIMEOUT: '0.3',
        MAX_RETRIES: '0',
      });
      onTestFinished(async () => {
        await proxy.close();
        server.closeAllConnections();
        server.close();
      });
      const { status, text } = await ask(`${proxy.url}/v1/chat/completions`, { model: 'x', messages: [] });
      expect(status).toBe(how === 'reset' ? 502 : 504);
      expect(JSON.parse(text)).toEqual({
        error: expect.objectContaining({ message: expect.any(String), type: 'api_error' }),
      });
    },
  );

  const behind = async (answer: RequestListener): Promise<RunningProxy> => {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = await startProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(async () => {
      await proxy.close();
      server.closeAllConnections();
      server.close();
    });
    return proxy;
  };

  it('decompresses the response of an upstream that compresses it unasked', async () => {
    const proxy = await behind((_request, response) => {
      const body = gzipSync('{"choices":[]}');
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Encoding': 'gzip',
        'Content-Length': body.length,
      });
      response.end(body);
    });
    const { text, headers } = await ask(`${proxy.url}/v1/chat/completions`, { model: 'x', messages: [] });
    expect(headers.get('content-encoding')).toBeNull();
    expect(text).toBe('{"choices":[]}');
  });

  it('closes the connection for a pipelined response that breaks off', async () => {
    const proxy = await behind((request, response) => {
      const isFirst = request.headers['x-request-id'] === 'first';
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 4 });
      response.write('12');
      setTimeout(() => (isFirst ? response.end('34') : response.destroy()), isFirst ? 1500 : 100);
    });
    const request = (id: string): string =>
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: ${id}\r\nContent-Length: 13\r\n\r\n{"model":"x"}`;
    const { closed, text } = await sendRaw(Number(new URL(proxy.url).port), request('first') + request('second'), 5000);
    expect(closed).toBe(true);
    expect(text).not.toContain('second');
  });

  it('cancels the upstream call when the client disconnects', async () => {
    const controller = new AbortController();
    const body = {
      model: 'sim-chat',
      stream: true,
      messages: [{ role: 'user', content: '@sim {"tokens":500,"tokenDelayMs":10}' }],
    };
    const answer = setup.ask('/v1/chat/completions', body, { signal: controller.signal }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 150));
    controller.abort();
    await answer;
    expect(await until(() => setup.simulator.requests.at(-1)?.aborted === true, 200)).toBe(true);
  });

  it('streams other allowed bodies through', async () => {
    const { status } = await setup.ask('/v1/audio/transcriptions', 'x'.repeat(100_000), {
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect(status).toBe(404);
    expect(setup.simulator.requests.at(-1)).toMatchObject({
      path: '/v1/audio/transcriptions',
      body: 'x'.repeat(100_000),
    });
  });
});

describe('keys', () => {
  it('of clients are not sent upstream unless configured', async () => {
    await setup.ask(
      '/v1/chat/completions',
      { model: 'sim-chat', messages },
      { headers: { authorization: 'Bearer sk-mine' } },
    );
    expect(setup.simulator.requests.at(-1)?.headers.authorization).toBeUndefined();
  });
});
