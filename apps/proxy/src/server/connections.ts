import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { toOllamaError } from '../errors/ollama-error.js';
import { BadRequestError } from '#errors';

/** What is wrong with a request that is not HTTP, by Node's code; everything else is a 400. */
const REFUSALS: Readonly<Record<string, BadRequestError>> = {
  HPE_HEADER_OVERFLOW: new BadRequestError('request header fields too large', 431),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new BadRequestError('chunk extensions too large', 413),
  ERR_HTTP_REQUEST_TIMEOUT: new BadRequestError('request timeout', 408),
  CONNECT: new BadRequestError('method not allowed', 405),
};
const MALFORMED = new BadRequestError('malformed HTTP request');

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
};

/** The sockets of a server, and what Node does not know of them. */
export class Connections {
  /** Connected, and no request has come yet. Node counts them neither as idle nor as busy. */
  private readonly fresh = new Set<Socket>();
  /** Below TLS, shaken hands or not. */
  private readonly encrypted = new Set<Socket>();
  /** The answer under way on a socket. */
  private readonly answers = new WeakMap<Duplex, ServerResponse>();

  private readonly isSecure: boolean;

  constructor(private readonly server: Server) {
    this.isSecure = server instanceof SecureServer;
    const keep = (set: Set<Socket>) => (socket: Socket) => {
      set.add(socket);
      socket.once('close', () => set.delete(socket));
    };
    server.on('connection', keep(this.isSecure ? this.encrypted : this.fresh));
    server.on('secureConnection', keep(this.fresh));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.fresh.delete(request.socket);
      this.answers.set(request.socket, response);
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.refuse(error, socket);
    });
    // Node would close the socket without a word.
    server.on('connect', (_request, socket) => {
      this.refuse(Object.assign(new Error('a tunnel'), { code: 'CONNECT' }), socket);
    });
  }

  /** Closes those that nobody waits on: between two requests, or before the first byte of one. */
  closeIdle(): void {
    this.server.closeIdleConnections();
    // Shaking hands counts as read bytes: there the beginning of a request cannot be told from none.
    for (const socket of this.fresh) if (this.isSecure || socket.bytesRead === 0) socket.destroy();
  }

  closeAll(): void {
    this.server.closeAllConnections();
    for (const socket of [...this.fresh, ...this.encrypted]) socket.destroy();
  }

  /** Not HTTP, too large or too slow: said in a few words, unless an answer is under way, and the connection closed. */
  private refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const answer = this.answers.get(socket);
    const isBusy = answer !== undefined && answer.headersSent && !answer.writableFinished;
    if (!socket.writable || isBusy || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy();
      return;
    }
    const { status, body } = toOllamaError(REFUSALS[error.code ?? ''] ?? MALFORMED);
    const text = JSON.stringify(body);
    const head = [
      `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
  }
}
