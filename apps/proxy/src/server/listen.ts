import { Logger } from '@nestjs/common';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ServerSettings } from '#config';
import { Connections } from './connections.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { reloadCertificate } from './reload-certificate.js';

/** How long a client may take to send; in milliseconds. */
export interface Patience {
  /** For the headers. */
  readonly headersMs: number;
  /** For the whole request. Half a gigabyte takes that long at 14 Mbit/s. */
  readonly requestMs: number;
  /** How often slow ones are looked for. */
  readonly checkMs: number;
}

const PATIENCE: Patience = { headersMs: 30_000, requestMs: 300_000, checkMs: 5000 };

/** Nobody needs longer to shake hands; Node would wait two minutes. */
const HANDSHAKE_MS = 10_000;

/** Shortest time between two complaints about too many connections. */
const COMPLAIN_MS = 60_000;

/** Codes that mean "this machine has no such address family". */
const NO_SUCH_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** One address that is listened on. */
export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
}

/**
 * One server for each address; all answer alike. A machine without IPv6 is served on IPv4 alone.
 * @throws when no address can be listened on, or a port is taken
 */
export async function listen(
  app: NestExpressApplication,
  settings: ServerSettings,
  patience: Patience = PATIENCE,
): Promise<Listener[]> {
  const handler = app.getHttpAdapter().getInstance();
  const listeners: Listener[] = [];
  let port = settings.port;
  for (const address of settings.addresses) {
    const server = create(settings, patience, handler);
    const connections = new Connections(server);
    try {
      await listenOn(server, port, address);
    } catch (error) {
      if (listeners.length > 0 && NO_SUCH_FAMILY.has((error as NodeJS.ErrnoException).code ?? '')) continue;
      throw error;
    }
    listeners.push({ server, connections });
    const bound = server.address();
    if (typeof bound === 'object' && bound) port = bound.port;
  }
  app.get(Lifecycle).serve();
  return listeners;
}

function create(settings: ServerSettings, patience: Patience, handler: RequestListener): Server {
  const { tls, maxConnections, keepAliveMs } = settings;
  const options: ServerOptions = {
    keepAliveTimeout: keepAliveMs,
    headersTimeout: patience.headersMs,
    requestTimeout: patience.requestMs,
    connectionsCheckingInterval: patience.checkMs,
  };
  let server: Server;
  if (tls) {
    const secure = createSecureServer({ ...options, ...tls.pair, handshakeTimeout: HANDSHAKE_MS }, handler);
    reloadCertificate(secure, tls);
    server = secure;
  } else server = createServer(options, handler);
  if (maxConnections > 0) limitConnections(server, maxConnections);
  return server;
}

function limitConnections(server: Server, most: number): void {
  const logger = new Logger('Proxy');
  let complainedAt = Number.NEGATIVE_INFINITY;
  server.maxConnections = most;
  server.on('drop', () => {
    if (performance.now() - complainedAt < COMPLAIN_MS) return;
    complainedAt = performance.now();
    logger.warn(`connections are refused: ${most} are open (MAX_CONNECTIONS)`);
  });
}

function listenOn(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
