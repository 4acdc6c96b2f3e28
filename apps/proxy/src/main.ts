import 'reflect-metadata';
import { ConfigurationError, loadSettings, packageVersion, readCommandLine, renderHelp } from '#config';
import { EXIT_CONFIG_ERROR } from './server/cluster/exit-codes.js';

/** Handles a stop signal; until the process serves there is nothing to finish. */
let stop = (_signal: NodeJS.Signals): void => process.exit(0);

/** Handles an uncaught error. */
let fail = (error: unknown): void => {
  process.stderr.write(`${String((error as Error | undefined)?.stack ?? error)}\n`);
  process.exit(1);
};

async function main(): Promise<void> {
  // First, since a process with id 1 ignores signals without a handler.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => fail(error));
  const { action, variables } = readCommandLine(process.argv.slice(2));
  if (action === 'help' || action === 'version') {
    process.stdout.write(action === 'help' ? renderHelp() : `${packageVersion()}\n`);
    return;
  }
  const settings = loadSettings(variables);
  if (action === 'check') {
    const { checkUpstreams } = await import('./server/check-upstreams.js');
    process.exit((await checkUpstreams(settings)) ? 0 : 1);
  }
  // Imports are dynamic so that a single process does not load the cluster, and a primary not the application.
  const cluster = settings.server.workers > 1 ? await import('node:cluster') : undefined;
  if (cluster?.default.isPrimary) {
    const { Primary } = await import('./server/cluster/primary.js');
    const primary = await Primary.create(settings);
    stop = (signal) => primary.stop(signal);
    fail = (error) => primary.fail(error);
    await primary.start();
    return;
  }
  const worker = cluster && (await import('./server/cluster/worker.js'));
  worker?.onStopSignal((signal) => stop(signal));
  const { serve } = await import('./server/serve.js');
  ({ stop, fail } = await serve(settings, worker !== undefined));
  worker?.notifyReady();
}

/** System errors of an address that cannot be listened on. */
const LISTEN_CODES = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']);

interface ListenError extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly port?: number;
}

function describeListenError({ code, message, address = '', port = 0 }: ListenError): string {
  return code === 'EADDRINUSE'
    ? `PROXY_PORT: port ${port} of ${address} is in use; is Ollama running? Stop that program, or set PROXY_PORT to another port`
    : `HOST and PROXY_PORT name an address that cannot be listened on: ${message}`;
}

main().catch(async (error: unknown) => {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isListening = LISTEN_CODES.has(code ?? '') && syscall !== 'open';
  if (isListening) process.stderr.write(`${describeListenError(error as ListenError)}\n`);
  else if (error instanceof ConfigurationError) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${String((error as Error).stack ?? error)}\n`);
  const { default: cluster } = await import('node:cluster');
  process.exit(error instanceof ConfigurationError && cluster.isWorker ? EXIT_CONFIG_ERROR : 1);
});
