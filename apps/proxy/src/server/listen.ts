import { Logger } from '@nestjs/common';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { ServerSettings } from '#config';
import type { Application } from '../bootstrap.js';
import { Connections } from './connections.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { reloadCertificate } from './reload-certificate.js';

/** How long a client may take to send a request. */
export interface ClientTimeouts {
  readonly headersMs: number;
  /** For the whole request, body included; half a gigabyte needs 14 Mbit/s to arrive in 300 s. */
  readonly requestMs: number;
  /** Interval at which both are checked. */
  readonly checkIntervalMs: number;
}

const CLIENT_TIMEOUTS: ClientTimeouts = { headersMs: 30_000, requestMs: 300_000, checkIntervalMs: 5000 };

/** For the TLS handshake; Node's default of two minutes would let idle sockets pile up. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Shortest time between two warnings about refused connections. */
const WARN_INTERVAL_MS = 60_000;

/** Codes of a machine without the address family, as one without IPv6. */
const NO_SUCH_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** The server of one address. */
export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
}

/**
 * Starts one server per address, with the same handler. On a machine without IPv6 only IPv4 is served.
 * @throws when no address can be listened on, or the port is in use
 */
export async function listen(
  { app, messages, listener }: Application,
  settings: ServerSettings,
  timeouts: ClientTimeouts = CLIENT_TIMEOUTS,
): Promise<Listener[]> {
  const listeners: Listener[] = [];
  let port = settings.port;
  for (const address of settings.addresses) {
    const server = create(settings, { ...messages, ...optionsOf(timeouts, settings) }, listener);
    const connections = new Connections(server, app.get(Lifecycle));
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
  app.get(Lifecycle).markReady();
  return listeners;
}

function optionsOf(timeouts: ClientTimeouts, { keepAliveMs }: ServerSettings): ServerOptions {
  return {
    keepAliveTimeout: keepAliveMs,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    connectionsCheckingInterval: timeouts.checkIntervalMs,
  };
}

function create({ tls, maxConnections }: ServerSettings, options: ServerOptions, listener: RequestListener): Server {
  let server: Server;
  if (tls) {
    const secure = createSecureServer({ ...options, ...tls.pair, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, listener);
    reloadCertificate(secure, tls);
    server = secure;
  } else server = createServer(options, listener);
  if (maxConnections > 0) limitConnections(server, maxConnections);
  return server;
}

function limitConnections(server: Server, max: number): void {
  const logger = new Logger('Proxy');
  let warnedAt = Number.NEGATIVE_INFINITY;
  server.maxConnections = max;
  server.on('drop', () => {
    if (performance.now() - warnedAt < WARN_INTERVAL_MS) return;
    warnedAt = performance.now();
    logger.warn(`new connections are refused: ${max} are open (MAX_CONNECTIONS)`);
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
