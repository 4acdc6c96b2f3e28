import { Logger } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { Settings } from '#config';
import { BufferedLog } from '#observability';
import { createApplication } from '../bootstrap.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { describeListening } from './describe-listening.js';
import { logFatal } from './fatal.js';
import { listen } from './listen.js';
import { releaseMemory } from './release-memory.js';
import type { ShutdownTimes } from './shutdown.js';
import { shutDown } from './shutdown.js';

/** After an uncaught error the state of the process is unknown, so running requests get less time. */
const FATAL_TIMES: ShutdownTimes = { graceMs: 2000, lingerMs: 0 };

/** Hard limit after an uncaught error: the process exits even if the shutdown hangs. */
const FATAL_LIMIT_MS = 6000;

/** After the start; the model lists have been read by then. */
const RELEASE_AFTER_MS = 1000;

/** How a serving process ends. */
interface Serving {
  /** Shuts down; a second signal exits at once. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** Logs an uncaught error and shuts down. */
  readonly fail: (error: unknown) => void;
}

/**
 * Serves in this process.
 * @param isWorker the primary logs the start-up line and handles a second signal
 */
export async function serve(settings: Settings, isWorker: boolean): Promise<Serving> {
  const log = new BufferedLog();
  process.once('exit', () => log.flush());
  const application = await createApplication(settings, { log });
  const { app } = application;
  const listeners = await listen(application, settings.server);
  if (!isWorker) {
    const logger = new Logger('Proxy');
    for (const warning of settings.warnings) logger.warn(warning);
    logger.log(describeListening(settings));
  }
  setTimeout(() => {
    // A process with requests needs the memory. One without Node's inspector keeps it.
    if (app.get(Lifecycle).running === 0) releaseMemory().catch(() => undefined);
  }, RELEASE_AFTER_MS).unref();
  const { shutdownGraceMs, shutdownLingerMs } = settings.server;
  let exitCode: number | undefined;
  const shutDownWith = (code: number, times: ShutdownTimes): void => {
    exitCode = code;
    shutDown(app, listeners, times).then(
      () => process.exit(exitCode),
      () => process.exit(1),
    );
  };
  const stop = (signal: NodeJS.Signals): void => {
    if (exitCode === undefined) {
      // SIGINT comes from a terminal; only after SIGTERM does a load balancer have to notice first.
      shutDownWith(0, { graceMs: shutdownGraceMs, lingerMs: signal === 'SIGTERM' ? shutdownLingerMs : 0 });
    } else if (!isWorker) process.exit(exitCode);
  };
  let hasFailed = false;
  const fail = (error: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    logFatal(PinoLogger.root, error);
    setTimeout(() => process.exit(1), FATAL_LIMIT_MS);
    if (exitCode === undefined) shutDownWith(1, FATAL_TIMES);
    else exitCode = 1;
  };
  return { stop, fail };
}
