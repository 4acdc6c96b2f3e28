import type { Response } from 'express';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { endTogether, joinWrites, waitForDrain, writeChunk } from './chunk-writer.js';

type Piece = string | Uint8Array[];

const ASCII = '{"done":false}\n';
const TEXT = 'Grüß dich 🙂\n';
const bytes = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));
const PIECES: Piece[] = [
  ASCII,
  TEXT,
  bytes('one'),
  bytes('two ', TEXT),
  bytes('x'.repeat(70_000)),
  '',
  [],
  'y'.repeat(100_000),
];
const ALL = PIECES.map((piece) => (typeof piece === 'string' ? piece : Buffer.concat(piece).toString())).join('');

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers by `answer`, and all that a client with this request gets until the connection ends. */
async function exchange(answer: (response: Response) => void, request: string, slowly = false): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200);
    response.flushHeaders();
    answer(response as Response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const client: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write(request);
  if (slowly) {
    client.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const parts: Buffer[] = [];
  for await (const part of client) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function unchunk(body: string): string {
  let left = Buffer.from(body);
  const parts: Buffer[] = [];
  for (;;) {
    const at = left.indexOf('\r\n');
    const size = parseInt(left.subarray(0, at).toString(), 16);
    if (size === 0) return Buffer.concat(parts).toString();
    parts.push(left.subarray(at + 2, at + 2 + size));
    expect(left.subarray(at + 2 + size, at + 4 + size).toString()).toBe('\r\n');
    left = left.subarray(at + 4 + size);
  }
}

const GET = (version: string, more = 'Connection: close\r\n'): string =>
  `GET / HTTP/${version}\r\nHost: x\r\n${more}\r\n`;
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);
const writeAll = (response: Response): void => {
  for (const piece of PIECES) writeChunk(response, piece);
  response.end('end');
};

describe('writeChunk', () => {
  it('frames texts and bytes, and what response.end adds comes last', async () => {
    expect(unchunk(bodyOf(await exchange(writeAll, GET('1.1'))))).toBe(`${ALL}end`);
  });

  it('frames nothing for HTTP/1.0', async () => {
    expect(bodyOf(await exchange(writeAll, GET('1.0')))).toBe(`${ALL}end`);
  });

  it('mixes with what Node writes', async () => {
    const mixed = (response: Response): void => {
      response.write('first ');
      writeChunk(response, 'second ');
      response.write('third ');
      writeChunk(response, bytes('fourth '));
      setImmediate(() => {
        writeChunk(response, 'fifth ');
        response.end();
      });
    };
    expect(unchunk(bodyOf(await exchange(mixed, GET('1.1'))))).toBe('first second third fourth fifth ');
  });

  it('keeps the answers of pipelined requests apart', async () => {
    let count = 0;
    const late = (response: Response): void => {
      count += 1;
      const word = `answer ${count} `;
      const isFirst = count === 1;
      writeChunk(response, word);
      setTimeout(
        () => {
          writeChunk(response, word);
          response.end();
        },
        isFirst ? 60 : 1,
      );
    };
    const seen = await exchange(late, GET('1.1', '') + GET('1.1'));
    const second = seen.indexOf('HTTP/1.1', 1);

    expect(unchunk(bodyOf(seen.slice(0, second)))).toBe('answer 1 answer 1 ');
    expect(unchunk(bodyOf(seen.slice(second)))).toBe('answer 2 answer 2 ');
  });

  it('says when the client is behind, and drained waits for it', async () => {
    let waited = 0;
    const much = async (response: Response): Promise<void> => {
      for (let count = 0; count < 200; count += 1) {
        if (writeChunk(response, bytes('z'.repeat(60_000)))) continue;
        waited += 1;
        await waitForDrain(response);
      }
      response.end();
    };
    const seen = await exchange((response) => void much(response), GET('1.1'), true);

    expect(unchunk(bodyOf(seen))).toHaveLength(200 * 60_000);
    expect(waited).toBeGreaterThan(0);
  });

  it.each([[[]], [bytes('one ', TEXT)], [bytes('x'.repeat(3999), '€')], [[Uint8Array.of(0, 128, 255)]]])(
    'ends with pieces, byte for byte: %#',
    async (pieces) => {
      const body = Buffer.concat(pieces);
      const server = createServer((request, response) => {
        response.writeHead(200, request.url === '/' ? {} : { 'Content-Length': body.length });
        endTogether(response as Response, pieces);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closing.push(() => server.close());
      for (const path of ['/', '/with-length']) {
        const response = await fetch(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}${path}`);
        expect(Buffer.from(await response.arrayBuffer())).toEqual(body);
      }
    },
  );

  it.each([true, false])('joins what is written in one turn, with its end: %s', async (ends) => {
    const buffered: (number | undefined)[] = [];
    const seen = await exchange((response) => {
      const { socket } = response;
      joinWrites(response);
      writeChunk(response, bytes('one '));
      writeChunk(response, bytes('two '));
      buffered.push(socket?.writableLength);
      queueMicrotask(() => {
        if (ends) response.end();
      });
      setImmediate(() => {
        buffered.push(socket?.writableLength);
        response.end();
      });
    }, GET('1.1'));

    expect(unchunk(bodyOf(seen))).toBe('one two ');
    expect(buffered).toEqual([2 * '4\r\none \r\n'.length, 0]);
  });

  it('writes nothing when the client has left', async () => {
    const server = createServer();
    const left = new Promise<boolean>((resolve) => {
      server.on('request', (_request, response) => {
        response.writeHead(200);
        response.flushHeaders();
        response.once('close', () => {
          writeChunk(response as Response, ASCII);
          resolve(response.destroyed);
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write(GET('1.1'));
    client.once('data', () => client.destroy());

    expect(await left).toBe(true);
  });
});
