import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BadRequestError } from '#errors';
import { toErrorResponse } from '../errors/error-format.js';
import { ollamaFormat } from '../errors/ollama.js';

/** Errors for input that Node cannot parse as a request, by Node's code. */
const PARSE_ERRORS: Readonly<Record<string, BadRequestError>> = {
  HPE_HEADER_OVERFLOW: new BadRequestError('request header fields too large', 431),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new BadRequestError('chunk extensions too large', 413),
  ERR_HTTP_REQUEST_TIMEOUT: new BadRequestError('request timeout', 408),
  CONNECT: new BadRequestError('method not allowed', 405),
};
const MALFORMED = new BadRequestError('malformed HTTP request');

/** Tracks the sockets of a server that Node does not count, and answers input that is not a request. */
export class Connections {
  /** Connected, without a request so far. Node counts them neither as idle nor as busy. */
  private readonly fresh = new Set<Socket>();
  /** The TCP sockets of TLS connections, with or without a finished handshake. */
  private readonly encrypted = new Set<Socket>();
  /** The latest response on each socket. */
  private readonly responses = new WeakMap<Duplex, ServerResponse>();

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
      this.responses.set(request.socket, response);
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.refuse(error, socket);
    });
    // Without a listener Node closes the socket without a response.
    server.on('connect', (_request, socket) => {
      this.refuse(Object.assign(new Error('a tunnel'), { code: 'CONNECT' }), socket);
    });
  }

  /** Closes connections between two requests, and those on which none has begun. */
  closeIdle(): void {
    this.server.closeIdleConnections();
    // With TLS the handshake counts towards bytesRead, so a half-sent request looks like none.
    for (const socket of this.fresh) if (this.isSecure || socket.bytesRead === 0) socket.destroy();
  }

  closeAll(): void {
    this.server.closeAllConnections();
    for (const socket of [...this.fresh, ...this.encrypted]) socket.destroy();
  }

  /** Sends an error response unless another response is being written, and closes the connection. */
  private refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const response = this.responses.get(socket);
    const isBusy = response !== undefined && response.headersSent && !response.writableFinished;
    if (!socket.writable || isBusy || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy();
      return;
    }
    const { status, body } = toErrorResponse(ollamaFormat, PARSE_ERRORS[error.code ?? ''] ?? MALFORMED);
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  }
}
