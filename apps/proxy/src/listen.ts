import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ServerSettings } from '#config';

/** Load balancers keep idle connections for up to a minute; closing earlier would race with their next request. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 30_000;
const REQUEST_MS = 120_000;

/** Codes that mean "this machine has no such address family". */
const NO_SUCH_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/**
 * One server for each address; all answer alike. A machine without IPv6 is served on IPv4 alone.
 * @throws when no address can be listened on, or a port is taken
 */
export async function listen(app: NestExpressApplication, settings: ServerSettings): Promise<Server[]> {
  const handler = app.getHttpAdapter().getInstance();
  const servers: Server[] = [];
  let port = settings.port;
  for (const address of settings.addresses) {
    const server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
      handler,
    );
    try {
      await listenOn(server, port, address);
    } catch (error) {
      if (servers.length > 0 && NO_SUCH_FAMILY.has((error as NodeJS.ErrnoException).code ?? '')) continue;
      throw error;
    }
    servers.push(server);
    const bound = server.address();
    if (typeof bound === 'object' && bound) port = bound.port;
  }
  return servers;
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
