import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigurationError, loadSettings } from '#config';
import { createApplication } from './bootstrap.js';
import { listen } from './listen.js';
import { shutDown } from './shutdown.js';

/** What a signal does; while nothing is served yet there is nothing to finish. */
let stop = (): void => process.exit(0);

async function main(): Promise<void> {
  // First of all: a process with id 1 ignores a signal that it has no handler for.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop());
  const settings = loadSettings();
  const app = await createApplication(settings);
  const servers = await listen(app, settings.server);
  const logger = new Logger('Proxy');
  logger.log(`listening on port ${String(settings.server.port)} of ${settings.server.addresses.join(' and ')}`);
  let stopping = false;
  stop = (): void => {
    if (stopping) process.exit(0);
    stopping = true;
    shutDown(app, servers, settings.server.shutdownGraceMs).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
}

main().catch((error: unknown) => {
  const code = (error as NodeJS.ErrnoException).code;
  const known = error instanceof ConfigurationError || code === 'EADDRINUSE' || code === 'EACCES';
  process.stderr.write(`${known ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
