import 'reflect-metadata';
import { ConfigurationError, loadSettings } from '#config';
import { MISCONFIGURED } from './cluster/misconfigured.js';

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
  // Loaded by those who need it: one process has no use for several, and a primary none for the application.
  const cluster = settings.server.workers > 1 ? await import('node:cluster') : undefined;
  if (cluster?.default.isPrimary) {
    const { Primary } = await import('./cluster/primary.js');
    const primary = new Primary(settings);
    stop = (signal) => primary.stop(signal);
    await primary.start();
    return;
  }
  const worker = cluster && (await import('./cluster/worker.js'));
  worker?.obey((signal) => stop(signal));
  const { serve } = await import('./serve.js');
  ({ stop, fail } = await serve(settings, worker !== undefined));
  worker?.tellReady();
}

main().catch(async (error: unknown) => {
  const code = (error as NodeJS.ErrnoException).code;
  const known = error instanceof ConfigurationError || code === 'EADDRINUSE' || code === 'EACCES';
  process.stderr.write(`${known ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
  const { default: cluster } = await import('node:cluster');
  process.exit(error instanceof ConfigurationError && cluster.isWorker ? MISCONFIGURED : 1);
});
