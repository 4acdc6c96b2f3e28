import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BadRequestError } from '#errors';
import { toErrorResponse } from '../errors/error-format.js';
import { ollamaFormat } from '../errors/ollama.js';
import type { Lifecycle } from '../lifecycle/lifecycle.js';

/** Errors for input that Node cannot parse as a request, by Node's code. */
const PARSE_ERRORS: Readonly<Record<string, BadRequestError>> = {
  HPE_HEADER_OVERFLOW: new BadRequestError('request header fields too large', 431),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new BadRequestError('chunk extensions too large', 413),
  ERR_HTTP_REQUEST_TIMEOUT: new BadRequestError('request timeout', 408),
  CONNECT: new BadRequestError('method not allowed', 405),
};
const MALFORMED = new BadRequestError('malformed HTTP request');

/** How long a client may go on sending after a refusal. */
const LINGER_MS = 2000;

/** Tracks the sockets of a server that Node does not count, and answers input that is not a request. */
export class Connections {
  /** Connected, without a request so far. Node counts them neither as idle nor as busy. */
  private readonly fresh = new Set<Socket>();
  /** The TCP sockets of TLS connections, with or without a finished handshake. */
  private readonly encrypted = new Set<Socket>();
  /** Connections that are closed after their last response, or that linger after a refusal. */
  private readonly closing = new WeakSet<Duplex>();

  private readonly isSecure: boolean;

  constructor(
    private readonly server: Server,
    private readonly lifecycle: Lifecycle,
  ) {
    this.isSecure = server instanceof SecureServer;
    const keep = (set: Set<Socket>) => (socket: Socket) => {
      set.add(socket);
      socket.once('close', () => set.delete(socket));
    };
    server.on('connection', keep(this.isSecure ? this.encrypted : this.fresh));
    server.on('secureConnection', keep(this.fresh));
    server.on('request', ({ socket }: IncomingMessage) => this.fresh.delete(socket));
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

  /**
   * Answers input that is not a request, and closes the connection. While responses to complete requests are due, an error
   * would reach the client as one of them or inside of one: then the connection is closed after the last of them.
   */
  private refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    // Node reports the error again for every further read.
    if (this.closing.has(socket)) return;
    if (!socket.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy();
      return;
    }
    const responses = this.lifecycle.responsesOn(socket);
    const [first] = responses;
    // A single request whose body is incomplete is the one with the error.
    if (first && (responses.length > 1 || first.headersSent || first.req.complete)) {
      this.closeAfter(
        responses.filter(({ req }) => req.complete),
        socket,
      );
      return;
    }
    const { status, body } = toErrorResponse(ollamaFormat, PARSE_ERRORS[error.code ?? ''] ?? MALFORMED);
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    this.closing.add(socket);
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    // A client that is still sending would get a reset in place of what it has not read.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.resume();
    socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(timer));
  }

  /** @param due those of complete requests; the rest of an incomplete one will not come */
  private closeAfter(due: readonly ServerResponse[], socket: Duplex): void {
    this.closing.add(socket);
    let left = due.length;
    if (left === 0) socket.destroy();
    for (const response of due) {
      response.once('close', () => {
        left -= 1;
        if (left === 0) socket.end(() => socket.destroy());
      });
    }
  }
}
