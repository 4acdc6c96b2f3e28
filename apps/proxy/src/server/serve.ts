import { Logger } from '@nestjs/common';
import type { Settings } from '#config';
import { createApplication } from '../bootstrap.js';
import { describeListening } from './describe-listening.js';
import { logFatal } from './fatal.js';
import { listen } from './listen.js';
import { shutDown } from './shutdown.js';

/** After an error that nobody expected the process is not to be trusted: what runs gets this long, and then a cut. */
const FATAL_TIMES = { graceMs: 2000, lingerMs: 0 };

/** By then it is over, whatever hangs. */
const FATAL_LIMIT_MS = 6000;

/** What a process that serves does about its end. */
interface Serving {
  readonly stop: (signal: NodeJS.Signals) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Serves in this process.
 * @param isWorker its primary says what there is to say about the start, and ends it when somebody is impatient
 */
export async function serve(settings: Settings, isWorker: boolean): Promise<Serving> {
  const app = await createApplication(settings);
  const listeners = await listen(app, settings.server);
  if (!isWorker) new Logger('Proxy').log(describeListening(settings.server));
  const { shutdownGraceMs, shutdownLingerMs } = settings.server;
  let status: number | undefined;
  const end = (code: number, times: Parameters<typeof shutDown>[2]): void => {
    status = code;
    shutDown(app, listeners, times).then(
      () => process.exit(status),
      () => process.exit(1),
    );
  };
  const stop = (signal: NodeJS.Signals): void => {
    if (status === undefined) {
      // A terminal's user waits; a load balancer has to notice first.
      end(0, { graceMs: shutdownGraceMs, lingerMs: signal === 'SIGTERM' ? shutdownLingerMs : 0 });
    } else if (!isWorker) process.exit(status);
  };
  let hasFailed = false;
  const fail = (error: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    logFatal(error);
    setTimeout(() => process.exit(1), FATAL_LIMIT_MS);
    if (status === undefined) end(1, FATAL_TIMES);
    else status = 1;
  };
  return { stop, fail };
}
