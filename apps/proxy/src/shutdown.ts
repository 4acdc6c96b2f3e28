import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** How often connections that have fallen idle are closed while answers finish. */
const REAP_MS = 100;

/**
 * Stops listening, lets running answers finish for as long as `graceMs`, cuts what is left, and releases the rest.
 * Nest's own hooks are not used: they end by re-sending the signal, which a process with id 1 ignores.
 */
export async function shutDown(
  app: NestExpressApplication,
  servers: readonly Server[],
  graceMs: number,
): Promise<void> {
  const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const reap = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
  }, REAP_MS);
  for (const server of servers) server.closeIdleConnections();
  const cut = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, graceMs);
  await closed;
  clearInterval(reap);
  clearTimeout(cut);
  await app.close();
}
