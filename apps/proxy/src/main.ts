import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigurationError, loadSettings } from '#config';
import { createApplication } from './bootstrap.js';
import { tellFatal } from './fatal.js';
import { listen } from './listen.js';
import { shutDown } from './shutdown.js';

/** After an error that nobody expected the process is not to be trusted: what runs gets this long, and then a cut. */
const FATAL_TIMES = { graceMs: 2000, lingerMs: 0 };

/** By then it is over, whatever hangs. */
const FATAL_LIMIT_MS = 6000;

/** What a signal does; while nothing is served yet there is nothing to finish. */
let stop = (_signal: NodeJS.Signals): void => process.exit(0);

/** What an uncaught error does. */
let fail = (error: unknown): void => {
  process.stderr.write(`${String((error as Error | undefined)?.stack ?? error)}\n`);
  process.exit(1);
};

async function main(): Promise<void> {
  // First of all: a process with id 1 ignores a signal that it has no handler for.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => fail(error));
  const settings = loadSettings();
  const app = await createApplication(settings);
  const listeners = await listen(app, settings.server);
  const logger = new Logger('Proxy');
  const { port, addresses, tls, shutdownGraceMs, shutdownLingerMs } = settings.server;
  logger.log(`listening on port ${String(port)} of ${addresses.join(' and ')}${tls ? ', with TLS' : ''}`);
  let status: number | undefined;
  const end = (code: number, times: Parameters<typeof shutDown>[2]): void => {
    status = code;
    shutDown(app, listeners, times).then(
      () => process.exit(status),
      () => process.exit(1),
    );
  };
  stop = (signal): void => {
    if (status !== undefined) process.exit(status);
    // A terminal's user waits; a load balancer has to notice first.
    end(0, { graceMs: shutdownGraceMs, lingerMs: signal === 'SIGTERM' ? shutdownLingerMs : 0 });
  };
  let hasFailed = false;
  fail = (error): void => {
    if (hasFailed) return;
    hasFailed = true;
    tellFatal(error);
    setTimeout(() => process.exit(1), FATAL_LIMIT_MS);
    if (status === undefined) end(1, FATAL_TIMES);
    else status = 1;
  };
}

main().catch((error: unknown) => {
  const code = (error as NodeJS.ErrnoException).code;
  const known = error instanceof ConfigurationError || code === 'EADDRINUSE' || code === 'EACCES';
  process.stderr.write(`${known ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
