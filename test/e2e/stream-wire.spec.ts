import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask } from '../support/ask.js';
import { sendRaw } from '../support/raw-socket.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

/** A proxy in front of an upstream that answers every request like this. */
async function behind(answer: RequestListener): Promise<RunningProxy> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await startProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return proxy;
}

/** Sends the pieces as an event stream and closes the connection inside of it. */
function breakOff(response: ServerResponse, pieces: readonly (string | Buffer)[], headers: object = {}): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', ...headers });
  for (const piece of pieces) response.write(piece);
  setTimeout(() => response.socket?.destroy(), 50);
}

const POSTS = ['/v1/chat/completions', '/v1/completions', '/v1/responses', '/v1/messages'];
const BODY = '{"model":"x","messages":[],"stream":true}';
const EVENT = 'data: {"choices":[]}\n\n';
const post = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

describe('an event stream that breaks off', () => {
  it.each(POSTS)('is not longer than it was announced, and the next response is readable: %s', async (path) => {
    const proxy = await behind((_request, response) => breakOff(response, [EVENT], { 'Content-Length': 60 }));
    const next = 'GET /api/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const { text } = await sendRaw(proxy.port, [post(path), next], 3000);
    const [stream = '', version] = text.split(/(?=HTTP\/1\.1 200)/);
    expect(stream).not.toMatch(/content-length/i);
    expect(stream).toMatch(/transfer-encoding: chunked.*"error".*\r\n0\r\n\r\n$/is);
    expect(version).toMatch(/"version"/);
  });

  it.each([
    ['an event', [EVENT], EVENT],
    ['an event with CRLF', ['data: {}\r\n\r\n'], 'data: {}\r\n\r\n'],
    ['a line', ['data: {"choices":[]}\n'], EVENT],
    ['half a line', [EVENT, 'data: {"cho'], `${EVENT}data: {"cho\n\n`],
    ['nothing', [], ''],
  ])('has the error as an event of its own after %s', async (_what, pieces, before) => {
    const proxy = await behind((_request, response) => breakOff(response, pieces));
    const { text } = await ask(`${proxy.url}/v1/chat/completions`, JSON.parse(BODY));
    expect(text.slice(0, before.length)).toBe(before);
    const rest = text.slice(before.length);
    expect(rest).toMatch(pieces.length === 0 ? /"error"/ : /^data: \{"error":.*\}\n\n$/);
  });

  it('has no error after a [DONE] that came in pieces', async () => {
    const pieces = [EVENT, 'data: [DO', 'NE]', '\n', '\n'];
    const proxy = await behind((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const [at, piece] of pieces.entries()) setTimeout(() => response.write(piece), 30 * at);
      setTimeout(() => response.socket?.destroy(), 30 * pieces.length + 30);
    });
    const { text } = await ask(`${proxy.url}/v1/chat/completions`, JSON.parse(BODY));
    expect(text).toBe(`${EVENT}data: [DONE]\n\n`);
  });

  it('has its events and then an error where it was compressed', async () => {
    const packed = gzipSync(EVENT.repeat(50));
    const proxy = await behind((_request, response) =>
      breakOff(response, [packed.subarray(0, packed.length - 4)], { 'Content-Encoding': 'gzip' }),
    );
    const { text } = await sendRaw(proxy.port, post('/v1/chat/completions'), 3000);
    expect(text.match(/data: \{"choices"/g)?.length ?? 0).toBe(50);
    expect(text).toContain('"error"');
  });
});

describe.each(['/v1/chat/completions', '/v1/completions'])('an event stream that ends early: %s', (path) => {
  const DELTA = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"text":"Hi","finish_reason":null}]}\n\n';
  const STOP = DELTA.replace('null', '"stop"');
  const DONE = 'data: [DONE]\n\n';
  const TRUNCATED = /^data: \{"error":\{.*"code":"stream_truncated"\}\}\n\n$/;

  const bodyOf = async (body: string, size: number, coding?: 'gzip'): Promise<string> => {
    const bytes = coding ? gzipSync(body) : Buffer.from(body);
    const proxy = await behind((request, response) => {
      request.resume();
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        ...(coding && { 'Content-Encoding': coding }),
      });
      for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
      response.end();
    });
    const { status, text } = await ask(`${proxy.url}${path}`, JSON.parse(BODY));
    expect(status).toBe(200);
    return text;
  };

  it.each([
    ['a delta', DELTA, 7],
    ['many deltas', DELTA.repeat(200), 1000],
    ['a delta, compressed', DELTA, 50, 'gzip'],
    ['nothing', '', 7],
    ['a choice that goes on long after the end of another', STOP + DELTA.repeat(200), 1000],
  ] as const)('has the error after %s', async (_what, body, size, coding?) => {
    const text = await bodyOf(body, size, coding);
    expect(text.slice(0, body.length)).toBe(body);
    expect(text.slice(body.length)).toMatch(TRUNCATED);
  });

  it('has the error as an event of its own after half a line', async () => {
    expect((await bodyOf(`${DELTA}data: {"cho`, 7)).slice(DELTA.length)).toMatch(/^data: {"cho\n\ndata: \{"error"/);
  });

  it.each([
    ['[DONE] alone', DELTA + DONE, 7],
    ['a finish reason alone', DELTA + STOP, 7],
    ['a finish reason and many events', STOP + DELTA.repeat(60), 1000],
    ['a finish reason at last', DELTA.repeat(200) + STOP.replace('Hi', 'x'.repeat(20_000)), 1000],
    ['both, compressed', DELTA + STOP + DONE, 50, 'gzip'],
    ["the upstream's error", `${DELTA}data: {"error":{"message":"overloaded"}}\n\n`, 7],
  ] as const)('passes unchanged with %s', async (_what, body, size, coding?) => {
    expect(await bodyOf(body, size, coding)).toBe(body);
  });
});

describe('headers of an upstream', () => {
  it.each([
    ['-5', undefined],
    ['in a while', undefined],
    ['1e9', undefined],
    ['3', '3'],
    ['999999999999', '86400'],
    ['Sun, 29 Nov 2026 02:00:00 GMT', 'Sun, 29 Nov 2026 02:00:00 GMT'],
  ])('Retry-After %j becomes %j on every API and status', async (sent, expected) => {
    const proxy = await behind((request, response) => {
      request.resume();
      const status = request.headers.accept === 'ok' ? 200 : 429;
      response.writeHead(status, { 'Content-Type': 'application/json', 'Retry-After': sent });
      response.end('{"error":{"message":"slow down"}}');
    });
    const chat = { model: 'x', messages: [{ role: 'user', content: 'x' }], stream: false };
    const seen = [
      await ask(`${proxy.url}/api/chat`, chat),
      await ask(`${proxy.url}/v1/chat/completions`, chat),
      await ask(`${proxy.url}/v1/messages`, chat),
      await ask(`${proxy.url}/v1/chat/completions`, chat, { headers: { accept: 'ok' } }),
    ];
    expect(seen.map(({ status }) => status)).toEqual([429, 429, 429, 200]);
    for (const { headers } of seen) expect(headers.get('retry-after') ?? undefined).toBe(expected);
  });
});
