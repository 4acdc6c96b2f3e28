/** Requests that are wrong below JSON: lengths that lie, floods of headers, halves, two readings. */
import { connect } from 'node:net';

const HOST = 'Host: localhost\r\n';
const CHAT = JSON.stringify({ model: 'sim-chat', stream: false, messages: [{ role: 'user', content: 'hi' }] });
const POSTS = ['/api/chat', '/api/generate', '/api/embed', '/api/show', '/v1/chat/completions', '/v1/audio/speech'];

/** A socket is listened to for so long where an answer is due, and where none is. */
const DUE_MS = 10_000;
const LISTEN_MS = 500;

/** Each by name: makes the bytes; `isWhole` where an answer is due. */
const ATTACKS = {
  'a length that is too long': (random) => ({
    text: post(random, `Content-Length: ${CHAT.length + random.between(1, 1e6)}`),
  }),
  'a length that is too short': (random) =>
    whole(post(random, `Content-Length: ${random.between(0, CHAT.length - 1)}`)),
  'a length beyond all bounds': (random) => whole(post(random, `Content-Length: ${random.pick(LENGTHS)}`)),
  'two lengths': (random) => whole(post(random, `Content-Length: ${CHAT.length}\r\nContent-Length: 0`)),
  'length and coding': (random) => whole(post(random, `Content-Length: 5\r\nTransfer-Encoding: chunked`)),
  'an odd coding': (random) => whole(post(random, `Transfer-Encoding: ${random.pick(['gzip', 'chunked, x', 'x'])}`)),
  'chunks that lie': (random) => whole(post(random, 'Transfer-Encoding: chunked', random.pick(CHUNKS))),
  'a body without end': (random) => whole(post(random, 'Transfer-Encoding: chunked', BIG_CHUNK.repeat(40))),
  'many headers': (random) => whole(get(random, `X-A: b\r\n`.repeat(random.between(100, 3000)))),
  'long headers': (random) => whole(get(random, `X-A: ${'a'.repeat(random.between(1000, 100_000))}\r\n`)),
  'odd headers': (random) => whole(get(random, random.pick(HEADERS))),
  'an odd method': (random) => whole(`${random.pick(METHODS)} /api/chat HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`),
  'an odd path': (random) => whole(`GET ${random.pick(PATHS)} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`),
  'an odd first line': (random) => whole(random.pick(FIRST_LINES)),
  'half a request': (random) => ({
    text: post(random, `Content-Length: ${CHAT.length}`).slice(0, random.between(1, 200)),
  }),
  'bytes by chance': (random) => ({
    text: Buffer.from(Array.from({ length: random.between(1, 300) }, () => random.between(0, 255))),
  }),
  'invalid UTF-8': (random) => {
    const bytes = Buffer.from(CHAT);
    bytes.set([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80], random.between(0, bytes.length - 6));
    return whole(Buffer.concat([Buffer.from(post(random, `Content-Length: ${bytes.length}`, '')), bytes]));
  },
  // As in Go, a client that closes its sending side is treated as disconnected.
  'an early end of the sending side': (random) => ({
    text: post(random, `Content-Length: ${CHAT.length}`),
    ends: true,
  }),
};

const LENGTHS = ['5000000000', '99999999999999999999999', '-1', '+5', '0x10', '1e3', '5, 5', ''];
const CHUNKS = [
  '-1\r\nx',
  'zz\r\nx\r\n',
  '1\r\nAB\r\n0\r\n\r\n',
  'fffffffffffffffff\r\nx',
  '0\r\nX: \0\r\n\r\n',
  '5;x="\r\nhello\r\n',
];
const BIG_CHUNK = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
const METHODS = ['PUT', 'PATCH', 'TRACE', 'CONNECT', 'OPTIONS', 'PROPFIND', 'FOO', 'post', 'GET\tX', 'HEAD'];
const PATHS = [
  '/api/../v1/files',
  '/v1/files/%2e%2e/x',
  '/v1/files/..%2f..%2fetc',
  '/api/blobs/%E0%A4%A',
  '/%00',
  '/api/chat%00',
  '//api/tags',
  '/api//tags',
  '/v1/models/%E0%A4%A',
  '/v1/models/__proto__',
  '/v1/models/constructor',
  '/ui/../../package.json',
  '/docs/..%2f..%2fpackage.json',
  `/${'a/'.repeat(5000)}`,
  `/api/tags?${'a=b&'.repeat(3000)}`,
  '/api/tags?a[__proto__][x]=1&a[a][b][c][d][e][f]=1',
  '*',
  'http://169.254.169.254/latest',
  'http://localhost/api/tags',
  '/v1/metrics/summary/x',
  '/\u00ff',
];
const HEADERS = [
  'X-A: b\0c\r\n',
  'X-A : b\r\n',
  ' X-A: b\r\n',
  'X-A\r\n',
  ': b\r\n',
  'Host: other.example\r\n',
  'Origin: https://evil.example\r\n',
  'Expect: 100-continue\r\n',
  'Expect: a-wonder\r\n',
  'Upgrade: websocket\r\nConnection: Upgrade\r\n',
  'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
  'Authorization: Bearer \u00ff\u00fe\r\n',
  `Cookie: ${'a=b;'.repeat(2000)}\r\n`,
  'Traceparent: 00-zz-zz-zz\r\n',
  'X-Request-Id: {"a":1}<script>\r\n',
  'X-Forwarded-For: ::1, x, 999.999.999.999\r\n',
  'Accept: */*;q=NaN, text/html;q=9e99\r\n',
  'Accept-Encoding: gzip;q=1e999, *;q=-1\r\n',
  'If-None-Match: *\r\nRange: bytes=9-1\r\n',
  'Content-Type: application/json; charset=utf-7\r\n',
];
const FIRST_LINES = [
  'NONSENSE\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET  /  HTTP/1.1\r\n\r\n',
  'GET /\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${HOST}\r\n`,
];
const GETS = [
  '/',
  '/api/tags',
  '/api/ps',
  '/api/version',
  '/v1/models',
  '/health',
  '/ready',
  '/metrics',
  '/openapi.json',
];

function whole(text) {
  return { text, isWhole: true };
}

function post(random, framing, body = CHAT) {
  return `POST ${random.pick(POSTS)} HTTP/1.1\r\n${HOST}Connection: close\r\n${framing}\r\n\r\n${body}`;
}

function get(random, headers) {
  return `GET ${random.pick(GETS)} HTTP/1.1\r\n${HOST}Connection: close\r\n${headers}\r\n`;
}

/** @returns name, bytes, whether an answer is due, and whether the sending side is closed */
export function hostileWire(random) {
  const name = random.pick(Object.keys(ATTACKS));
  return { name, ...ATTACKS[name](random) };
}

/** Sends bytes as they are. @returns the first answer with `status` (0 without one), `path`-less, and its body */
export function sendBytes(port, { text, isWhole = false, ends = false }) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const pieces = [];
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(readAnswer(Buffer.concat(pieces).toString('latin1')));
    };
    const timer = setTimeout(done, isWhole ? DUE_MS : LISTEN_MS);
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', () => undefined).on('close', done);
    socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    if (ends) socket.end();
  });
}

function readAnswer(text) {
  const [head, ...rest] = text.replace(/^HTTP\/1\.1 1\d\d[^]*?\r\n\r\n/, '').split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
  const type = /^content-type: *(.*)$/im.exec(head)?.[1] ?? '';
  const isChunked = /^transfer-encoding: chunked/im.test(head);
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? Number.NaN);
  const body = rest.join('\r\n\r\n');
  return { status, type, text: isChunked ? '' : body.slice(0, Number.isNaN(length) ? undefined : length) };
}

/** What a slow socket sends at once; a byte a second follows. An upload takes a place with its first 16 KiB. */
const BEGINNINGS = [
  `GET / HTTP/1.1\r\n${HOST}X-A: `,
  `GET / HTTP/1.1\r\n${HOST}X-A: `,
  `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: 999\r\n\r\n{`,
  `POST /api/chat HTTP/1.1\r\n${HOST}Content-Length: 999\r\n\r\n{`,
  `POST /v1/chat/completions HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3e7\r\n{`,
  `POST /v1/files HTTP/1.1\r\n${HOST}Content-Length: 99999\r\n\r\n`,
  `POST /v1/audio/transcriptions HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nffff\r\n`,
  `POST /v1/files HTTP/1.1\r\n${HOST}Content-Length: 99999\r\n\r\n${'x'.repeat(16_384)}`,
];

/** Sockets that send a byte a second and never come to an end; one that is closed is opened again. @returns what ends them */
export function holdOpen(port, count) {
  const sockets = new Set();
  let isOver = false;
  const open = (beginning) => {
    if (isOver) return;
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      setTimeout(() => open(beginning), 1000);
    });
    socket.resume();
    socket.write(beginning);
  };
  for (let at = 0; at < count; at += 1) open(BEGINNINGS[at % BEGINNINGS.length]);
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(' ');
  }, 1000);
  return () => {
    isOver = true;
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
  };
}
