import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/ask.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

const KEY = 'key-of-the-messages-api';
const OWN = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r1"}';
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
const EVENT = 'event: message_start\ndata: {"type":"message_start"}\n\n';

/** What the upstream does, by the name of the model. */
const UPSTREAM: Readonly<Record<string, (response: ServerResponse) => void>> = {
  own: (response) => response.writeHead(529, { 'content-type': 'application/json' }).end(OWN),
  foreign: (response) =>
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"too hot","type":"x"}}'),
  gone: (response) =>
    response
      .writeHead(404, { 'content-type': 'application/json' })
      .end('{"error":{"message":"The model `gone` does not exist","type":"x","code":"model_not_found"}}'),
  missing: (response) => response.writeHead(404).end('404 page not found'),
  cut: (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(EVENT);
    setTimeout(() => response.destroy(), 50);
  },
  idle: (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(EVENT),
  complete: (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(STOP);
    setTimeout(() => response.destroy(), 50);
  },
  slow: (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(EVENT),
};

const upstream = createServer((request, response) => {
  let text = '';
  request.on('data', (piece: Buffer) => (text += piece.toString()));
  request.on('end', () => {
    if (request.method === 'GET') {
      const data = Object.keys(UPSTREAM).map((id) => ({ id, object: 'model' }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data }));
    } else UPSTREAM[(JSON.parse(text) as { model: string }).model]!(response);
  });
});

let proxy: RunningProxy;
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  proxy = await startProxy(url, { PROXY_API_KEYS: KEY, RATE_LIMIT_REQUESTS: '20' });
});
afterAll(async () => {
  await proxy.close();
  upstream.closeAllConnections();
  upstream.close();
});

const send = (body: unknown, key = KEY, path = '/v1/messages') =>
  ask(`${proxy.url}${path}`, body, { headers: { 'x-api-key': key } });
const error = (type: string, message: string) => ({ type: 'error', error: { type, message } });

describe('failures below /v1/messages have the format of that API', () => {
  it.each([
    [401, error('authentication_error', 'unauthorized'), { model: 'own' }, 'another-key-than-the-one'],
    [400, error('invalid_request_error', 'model is required'), {}, KEY],
    [404, error('not_found_error', 'The model `gone` does not exist'), { model: 'gone' }, KEY],
    [400, error('invalid_request_error', 'too hot'), { model: 'foreign' }, KEY],
    // Not in the upstream's API, and not in chat completions either.
    [
      502,
      error(
        'api_error',
        '404 page not found (status 404 for /chat/completions below the base URL; check OPENAI_API_BASE_URL)',
      ),
      { model: 'missing', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] },
      KEY,
    ],
  ])('%s %j', async (status, expected, body, key) => {
    const seen = await send(body, key);
    expect([seen.status, seen.lines]).toEqual([status, [expected]]);
    expect(seen.type).toContain('application/json');
  });

  it("an upstream's error in that format passes unchanged", async () => {
    const { status, text } = await send({ model: 'own' });
    expect([status, text]).toEqual([529, OWN]);
  });

  it.each([
    ['cut', 'upstream error: the connection broke off'],
    ['idle', 'upstream error: the answer broke off before its end'],
  ])('a stream that breaks off ends with an event named error: %s', async (model, cause) => {
    const { status, text } = await send({ model, stream: true });
    const data = JSON.stringify(error('api_error', cause));
    expect([status, text]).toEqual([200, `${EVENT}event: error\ndata: ${data}\n\n`]);
  });

  it('a stream that is complete has no error behind it', async () => {
    expect((await send({ model: 'complete', stream: true })).text).toBe(STOP);
  });

  it('a rate limit has Retry-After', async () => {
    let seen = await send({ model: 'own' });
    while (seen.status === 529) seen = await send({ model: 'own' });
    expect(seen.status).toBe(429);
    expect(Number(seen.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(seen.lines).toEqual([error('rate_limit_error', expect.stringMatching(/^rate limit reached: 20 requests/))]);
    // The neighbours keep the shape of OpenAI.
    expect((await send({ model: 'own' }, KEY, '/v1/chat/completions')).lines).toMatchObject([
      { error: { type: 'requests', code: 'rate_limit_exceeded' } },
    ]);
  });

  it('a shutdown that cuts a stream sends an error', async () => {
    const other = await startProxy(url);
    const response = await fetch(`${other.url}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify({ model: 'slow', stream: true }),
    });
    const running = response.text();
    await other.close();
    const data = JSON.stringify(error('overloaded_error', 'the server is shutting down'));
    expect(await running).toBe(`${EVENT}event: error\ndata: ${data}\n\n`);
  });
});
