import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, scripted, until } from '../support/ask.js';
import { sendRaw } from '../support/raw-socket.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy({}, { CIRCUIT_BREAKER_ENABLED: 'false', UPLOAD_MAX_SIZE: '100000', REQUEST_MAX_SIZE: '2000' });

const CHAT = JSON.stringify({ model: 'sim-chat', stream: false, messages: [{ role: 'user', content: 'hi' }] });
const HOST = 'Host: localhost\r\n';

/** Nothing of what an attack smuggled may have reached the upstream. */
const calls = () => setup.simulator.requests.filter(({ method }) => method === 'POST');

describe('requests that two servers could parse differently', () => {
  const smuggled = `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: ${CHAT.length}\r\n\r\n${CHAT}`;

  it.each([
    ['both lengths', `${HOST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two lengths', `${HOST}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`],
    ['a list of lengths', `${HOST}Content-Length: 0, ${smuggled.length}\r\n\r\n${smuggled}`],
    ['a signed length', `${HOST}Content-Length: +0\r\n\r\n${smuggled}`],
    ['a line feed alone', `${HOST}Content-Length: 0\nX-Smuggled: 1\r\n\r\n${smuggled}`],
    ['a carriage return within a value', `${HOST}X-A: b\rContent-Length: 0\r\n\r\n${smuggled}`],
    ['a folded line', `${HOST}X-A: b\r\n Content-Length: 5\r\n\r\n${smuggled}`],
    ['a space before the colon', `${HOST}Content-Length : 5\r\n\r\n${smuggled}`],
    ['a space before the coding', `${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a last coding other than chunked', `${HOST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a coding twice', `${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a chunk size with a sign', `${HOST}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n${smuggled}`],
    ['a chunk without its end', `${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nAB\r\n0\r\n\r\n${smuggled}`],
    ['a null byte', `${HOST}X-A: b\0c\r\n\r\n${smuggled}`],
  ])('%s: 400, and the connection is closed', async (_name, rest) => {
    const { status, text, closed } = await sendRaw(setup.proxy.port, `POST /api/show HTTP/1.1\r\n${rest}`);
    expect([status, closed], text).toEqual([400, true]);
    expect(text.match(/HTTP\/1\.1/g), text).toHaveLength(1);
    expect(text).toMatch(/^connection: close/im);
    expect(calls()).toEqual([]);
  });

  it('refuses a request without Host', async () => {
    const { status, closed } = await sendRaw(setup.proxy.port, 'GET /api/version HTTP/1.1\r\n\r\n');
    expect([status, closed]).toEqual([400, true]);
  });

  it('reports the error as JSON, and serves the next connection', async () => {
    const { body, text } = await sendRaw(setup.proxy.port, 'NONSENSE\r\n\r\n');
    expect(JSON.parse(body)).toEqual({ error: 'malformed HTTP request' });
    expect(text).toMatch(/^content-type: application\/json/im);
    expect((await setup.ask('/api/chat', CHAT)).status).toBe(200);
  });

  it('refuses CONNECT', async () => {
    const request = `CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`;
    const { status, body, closed } = await sendRaw(setup.proxy.port, request);
    expect([status, closed]).toEqual([405, true]);
    expect(JSON.parse(body)).toEqual({ error: 'method not allowed' });
  });

  it('never writes an error into a running response', async () => {
    const body = JSON.stringify({ model: 'sim-chat', messages: [scripted({ tokens: 30, tokenDelayMs: 10 })] });
    const request = `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(setup.proxy.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.write(request);
    await until(() => text.includes('"content"'), 3000);
    socket.write('NONSENSE\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(text).not.toContain('malformed');
    expect(text).toContain('"done":true');
  });

  it.each([
    ['a request that is answered at once', `GET /api/version HTTP/1.1\r\n${HOST}\r\n`, 2],
    ['a request that waits for its upstream', chatRequest({ tokens: 3, tokenDelayMs: 20 }), 2],
    ['nothing', '', 1],
  ])('answers all pipelined requests before it closes: %s between', async (_what, between, responses) => {
    const request = chatRequest({ tokens: 20, tokenDelayMs: 20 });
    const { text, closed } = await sendRaw(setup.proxy.port, [request, between, 'NONSENSE\r\n\r\n'], 5000);
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(responses);
    expect(text).not.toContain('malformed');
    expect(closed).toBe(true);
  });

  it('answers a request whose body is not HTTP', async () => {
    const request = `POST /api/chat HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`;
    const { status, closed } = await sendRaw(setup.proxy.port, request);
    expect([status, closed]).toEqual([400, true]);
  });

  it.each(['NONSENSE\r\n\r\n', `CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`, `GET / HTTP/1.1\r\nA: ${'x'.repeat(20_000)}`])(
    'never writes an error into a stream that pipelined requests wait for: %#',
    async (broken) => {
      const chat = (script: object): string => {
        const body = JSON.stringify({ model: 'sim-chat', messages: [scripted(script)] });
        return `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
      };
      const socket = connect(setup.proxy.port, '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      socket.on('error', () => undefined);
      socket.write(chat({ tokens: 30, tokenDelayMs: 20 }));
      await until(() => text.includes('"content"'), 3000);
      socket.write(chat({ headersDelayMs: 300 }));
      socket.write(`GET /api/version HTTP/1.1\r\n${HOST}\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.write(broken);
      await new Promise((resolve) => socket.once('close', resolve));
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(Array(3).fill('HTTP/1.1 200'));
      expect(text.match(/"done":true/g)).toHaveLength(2);
      expect(text).not.toMatch(/malformed|not allowed|too large/);
    },
  );

  it('closes after a stream that a broken body is pipelined behind', async () => {
    const body = JSON.stringify({ model: 'sim-chat', messages: [scripted({ tokens: 20, tokenDelayMs: 20 })] });
    const request = `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
    const broken = `POST /api/chat HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`;
    const { text, closed } = await sendRaw(setup.proxy.port, [request, broken], 5000);
    expect([text.match(/HTTP\/1\.1 \d+/g), closed]).toEqual([['HTTP/1.1 200'], true]);
    expect(text).toContain('"done":true');
  });

  it('never writes an error in the place of a response that is still to come, and closes after it', async () => {
    const body = JSON.stringify({ model: 'sim-chat', messages: [scripted({ headersDelayMs: 1000 })] });
    const request = `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
    const { text, closed } = await sendRaw(setup.proxy.port, [request, 'NONSENSE\r\n\r\n'], 5000);
    expect([text.match(/HTTP\/1\.1 \d+/g), closed]).toEqual([['HTTP/1.1 200'], true]);
    expect(text).toContain('"done":true');
  });
});

function chatRequest(script: object): string {
  const body = JSON.stringify({ model: 'sim-chat', messages: [scripted(script)] });
  return `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
}

describe('requests that are too large', () => {
  it.each([
    ['headers', `GET / HTTP/1.1\r\n${HOST}${'X-A: aaaaaaaaaaaaaaaa\r\n'.repeat(20_000)}\r\n`],
    ['one header', `GET / HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(500_000)}\r\n\r\n`],
    ['path', `GET /${'a'.repeat(500_000)} HTTP/1.1\r\n${HOST}\r\n`],
  ])('%s: 431', async (_name, request) => {
    const { status, body, closed } = await sendRaw(setup.proxy.port, request);
    expect([status, closed]).toEqual([431, true]);
    expect(JSON.parse(body)).toEqual({ error: 'request header fields too large' });
  });

  const openAi = (text: string) => ({
    error: { message: text, type: 'invalid_request_error', param: null, code: null },
  });

  it.each([
    ['/api/chat', (text: string): object => ({ error: text })],
    ['/v1/chat/completions', openAi],
    ['/v1/responses', openAi],
  ])('body for %s: 413 in the format of its API', async (path, format) => {
    const { status, body } = await sendRaw(
      setup.proxy.port,
      `POST ${path} HTTP/1.1\r\n${HOST}Content-Length: 5000000000\r\n\r\n{"model"`,
      300,
    );
    expect(status).toBe(413);
    expect(JSON.parse(body)).toEqual(format('request body too large: the limit is 2000 bytes (REQUEST_MAX_SIZE)'));
  });

  const send = async (path: string, coding: string, body: Uint8Array<ArrayBuffer>) => {
    const headers = { 'content-encoding': coding };
    const response = await fetch(`${setup.proxy.url}${path}`, { method: 'POST', headers, body });
    return { response, body: (await response.json()) as unknown };
  };

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('body in %s: read on every API, up to the limit of its decompressed size', async (coding, pack) => {
    for (const path of ['/api/chat', '/v1/chat/completions']) {
      const { response } = await send(path, coding, pack(CHAT));
      expect(response.status).toBe(200);
      const bomb = await send(path, coding, pack(`${CHAT}${' '.repeat(1_000_000)}`));
      expect(bomb.response.status).toBe(413);
      expect(JSON.stringify(bomb.body)).toContain('REQUEST_MAX_SIZE');
    }
    const { response } = await send('/v1/responses', coding, pack('{"model":"sim-chat","input":"hi"}'));
    expect(response.status).toBe(200);
  });

  it.each([
    ['/api/chat', (text: string): object => ({ error: text })],
    ['/v1/chat/completions', openAi],
    ['/v1/messages', (text: string) => ({ type: 'error', error: { type: 'invalid_request_error', message: text } })],
  ])('body for %s in an unknown coding: 415 in the format of its API', async (path, format) => {
    const { response, body } = await send(path, 'compress', Buffer.from(CHAT));
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-encoding')).toBe('gzip, deflate, br, zstd');
    expect(body).toMatchObject(format('content encoding not supported; use one of gzip, deflate, br, zstd, or none'));
  });

  it('body of unknown length: counted while it arrives, and the response reaches a client that is still sending', async () => {
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    const head = `POST /v1/embeddings HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
    const endless = [head, ...Array<string>(400).fill(chunk)];
    const { status, text, closed } = await sendRaw(setup.proxy.port, endless, 5000);
    expect([status, closed], text).toEqual([413, true]);
    expect(text).toContain('REQUEST_MAX_SIZE');
  });

  it('a Content-Length that is too short leaves bytes that are not parsed as a request', async () => {
    const request = `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: ${CHAT.length - 5}\r\n\r\n${CHAT}`;
    const { text, closed } = await sendRaw(setup.proxy.port, request);
    // One for the JSON that ends too early, one for the rest; whichever is noticed first closes the connection.
    expect(new Set(text.match(/HTTP\/1\.1 \d+/g))).toEqual(new Set(['HTTP/1.1 400']));
    expect(closed).toBe(true);
    expect(calls()).toEqual([]);
  });

  it('streamed bodies have a separate limit', async () => {
    const path = '/v1/audio/transcriptions';
    const headers = { 'content-type': 'audio/wav' };
    await setup.ask(path, 'x'.repeat(100_000), { headers });
    expect(calls().at(-1)?.body).toHaveLength(100_000);
    setup.simulator.reset();
    const declared = await setup.ask(path, 'x'.repeat(100_001), { headers });
    expect([declared.status, declared.lines]).toEqual([
      413,
      [openAi('request body too large: the limit is 100000 bytes (UPLOAD_MAX_SIZE)')],
    ]);
    expect(calls()).toEqual([]);
  });

  it('chunked streamed bodies are counted, and cut at the upstream', async () => {
    const head = `POST /v1/audio/transcriptions HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
    const chunk = `2710\r\n${'x'.repeat(10_000)}\r\n`;
    const fits = await sendRaw(setup.proxy.port, [head, ...Array<string>(10).fill(chunk), '0\r\n\r\n'], 500);
    expect([fits.status, calls().at(-1)?.body]).toEqual([404, 'x'.repeat(100_000)]);
    setup.simulator.reset();
    const { status, body } = await sendRaw(setup.proxy.port, [head, ...Array<string>(400).fill(chunk)], 1000);
    expect(status).toBe(413);
    expect(JSON.parse(body)).toEqual(openAi('request body too large: the limit is 100000 bytes (UPLOAD_MAX_SIZE)'));
    expect(calls().filter(({ body: sent }) => String(sent).length > 100_000)).toEqual([]);
  });

  it('an upload that the upstream cannot accept is refused, and the rest is discarded', async () => {
    const lonely = await startProxy('http://127.0.0.1:9/v1', { UPLOAD_MAX_SIZE: '100000' });
    const head = `POST /v1/audio/transcriptions HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
    const chunk = `2710\r\n${'x'.repeat(10_000)}\r\n`;
    const { status, text } = await sendRaw(lonely.port, [head, ...Array<string>(400).fill(chunk), '0\r\n\r\n'], 500);
    expect(status, text).toBe(502);
    expect((await ask(`${lonely.url}/api/version`)).status).toBe(200);
    await lonely.close();
  });

  it.each(['Content-Length: 90000', 'Transfer-Encoding: chunked'])(
    'an upload (%s) of a client that disconnects is cancelled upstream',
    async (framing) => {
      const socket = connect(setup.proxy.port, '127.0.0.1');
      socket.on('error', () => undefined);
      // Enough for the upload to begin.
      const chunk = `4e20\r\n${'x'.repeat(20_000)}\r\n`;
      socket.write(`POST /v1/audio/transcriptions HTTP/1.1\r\n${HOST}${framing}\r\n\r\n${chunk}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
      socket.resetAndDestroy();
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await setup.ask('/api/version')).status).toBe(200);
      const seen = setup.simulator.requests.filter(({ path }) => path.includes('transcriptions'));
      expect(seen).toMatchObject([{ aborted: true, finished: false }]);
    },
  );
});

describe('clients that are too slow', () => {
  let hasty: RunningProxy;
  beforeAll(async () => {
    hasty = await startProxy(setup.simulator.url, {}, { headersMs: 200, requestMs: 600, checkIntervalMs: 50 });
  });
  afterAll(() => hasty.close());

  it.each([
    ['says nothing', ''],
    ['stops within its headers', 'GET / HTTP/1.1\r\nHost: loc'],
    ['stops within its body', `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\n{"model":`],
    ['stops within a chunk', `POST /api/chat HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n64\r\n{"model":`],
  ])('one that %s: 408, and the connection is closed', async (_name, request) => {
    const { status, body, closed } = await sendRaw(hasty.port, request, 2000);
    expect([status, closed]).toEqual([408, true]);
    expect(JSON.parse(body)).toEqual({ error: 'request timeout' });
  });

  it('one that sends one character at a time gets no more time', async () => {
    const socket = connect(hasty.port, '127.0.0.1');
    const begun = performance.now();
    const drip = setInterval(() => socket.write('X'), 20);
    socket.on('error', () => undefined).resume();
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(drip);
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  it('a long response does not count as a slow request', async () => {
    const body = { model: 'sim-chat', messages: [scripted({ tokens: 30, tokenDelayMs: 40 })] };
    expect((await ask(`${hasty.url}/api/chat`, body)).lines.at(-1)).toMatchObject({ done: true });
  });
});

describe('too many connections', () => {
  it('are closed at MAX_CONNECTIONS and accepted again afterwards', async () => {
    const narrow = await startProxy(setup.simulator.url, { MAX_CONNECTIONS: '3' });
    const open = (): Promise<Socket> =>
      new Promise((resolve) => {
        const socket = connect(narrow.port, '127.0.0.1', () => resolve(socket));
        socket.on('error', () => undefined);
      });
    const sockets = [await open(), await open(), await open()];
    expect((await sendRaw(narrow.port, `GET /api/version HTTP/1.1\r\n${HOST}\r\n`)).closed).toBe(true);
    sockets[0]?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await sendRaw(narrow.port, `GET /api/version HTTP/1.1\r\n${HOST}\r\n`, 300)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await narrow.close();
  });

  it('announces the keep-alive timeout', async () => {
    const patient = await startProxy(setup.simulator.url, { KEEP_ALIVE_TIMEOUT: '620' });
    expect((await ask(`${patient.url}/api/version`)).headers.get('keep-alive')).toBe('timeout=620');
    await patient.close();
  });
});

describe('broken sockets', () => {
  it('do not stop the proxy, at any moment', async () => {
    const body = JSON.stringify({ model: 'sim-chat', messages: [scripted({ tokens: 50, tokenDelayMs: 2 })] });
    const request = `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
    const leave = (afterMs: number, how: 'destroy' | 'resetAndDestroy', sent: string): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(setup.proxy.port, '127.0.0.1', () => {
          socket.write(sent);
          setTimeout(() => {
            socket[how]();
            resolve();
          }, afterMs);
        });
        socket.on('error', () => undefined);
      });
    const leaving = Array.from({ length: 60 }, (_, index) =>
      leave(index * 3, index % 2 ? 'destroy' : 'resetAndDestroy', index % 3 ? request : request.slice(0, 90)),
    );
    await Promise.all(leaving);
    expect((await setup.ask('/api/chat', CHAT)).status).toBe(200);
    expect(await until(() => calls().every(({ aborted, finished }) => aborted || finished), 1000)).toBe(true);
  });
});

describe('paths that cannot be decoded', () => {
  it.each(['/v1/models/%ff', '/v1/models/%'])('%s: 400 in the format of its API', async (path) => {
    const { status, body } = await sendRaw(
      setup.proxy.port,
      `GET ${path} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    );
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'invalid_request_error', param: null, code: null } });
  });

  it('other paths: 400 in the format of Ollama', async () => {
    const request = `POST /api/blobs/%ff HTTP/1.1\r\n${HOST}Connection: close\r\nContent-Length: 0\r\n\r\n`;
    const { status, body } = await sendRaw(setup.proxy.port, request);
    expect([status, typeof (JSON.parse(body) as { error: unknown }).error]).toEqual([400, 'string']);
  });
});

describe('headers', () => {
  const passed = {
    accept: 'audio/mpeg',
    'anthropic-beta': 'tools-1',
    'anthropic-version': '2023-06-01',
    'idempotency-key': 'once',
    'openai-beta': 'assistants=v2',
  };
  const kept = {
    cookie: 'session=1',
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'evil.example',
    'x-real-ip': '10.0.0.1',
    'proxy-authorization': 'Basic eA==',
    authorization: 'Bearer sk-of-the-client',
    'x-api-key': 'sk-of-the-client',
    'x-title': 'mine',
    'openai-organization': 'org-of-the-client',
    referer: 'https://secret.example/',
  };

  it.each([
    ['/v1/chat/completions', '{"model":"sim-chat","messages":[{"role":"user","content":"hi"}]}'],
    ['/v1/audio/speech', '{"model":"sim-chat","input":"hi"}'],
    ['/v1/files', undefined],
  ])('of clients reach the upstream only if they are listed: %s', async (path, body) => {
    await setup.ask(path, body, { headers: { ...passed, ...kept } });
    const { headers } = setup.simulator.requests.at(-1)!;
    expect(headers).toMatchObject(passed);
    expect(Object.keys(headers).filter((name) => name in kept)).toEqual([]);
    expect(headers.host).toBe(new URL(setup.simulator.url).host);
  });

  it('of an Ollama route are not sent upstream', async () => {
    await setup.ask('/api/chat', CHAT, { headers: { ...passed, ...kept } });
    const { headers } = calls().at(-1)!;
    for (const name of Object.keys({ ...passed, ...kept })) {
      if (name === 'accept') expect(headers.accept).not.toBe(passed.accept);
      else expect(headers).not.toHaveProperty(name);
    }
  });
});
