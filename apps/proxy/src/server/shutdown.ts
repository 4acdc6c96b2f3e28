import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as wait } from 'node:timers/promises';
import { withTimeout } from '#async';
import { Counters } from '#observability';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import type { Listener } from './listen.js';

/** Connections and bytes that arrived before the signal are requests: they are read before idle connections are closed. */
const ACCEPT_MS = 20;

/** Interval at which connections that have become idle are closed while responses finish. */
const CLOSE_IDLE_INTERVAL_MS = 100;

/** Interval at which the number of running requests is logged. */
const REPORT_INTERVAL_MS = 5000;

/** Aborted calls fail immediately; a response without headers after this does not wait for a call. */
const ABORT_TIMEOUT_MS = 250;

/** Time for the last line of an aborted response to reach its client. */
const LAST_LINE_TIMEOUT_MS = 1000;

/** Time for exit hooks and connections to upstreams and Redis to close. */
const RELEASE_TIMEOUT_MS = 2000;

export interface ShutdownTimes {
  /** For running requests, `lingerMs` included. */
  readonly graceMs: number;
  /** New connections are still served for this long, until load balancers have noticed. */
  readonly lingerMs: number;
}

/**
 * Shuts down in order: readiness fails while new connections are still served (`lingerMs`), the listeners close, running
 * requests finish until `graceMs` is over, the remaining ones end with an error in the format of their API, connections
 * that are still open are destroyed, and the application is closed. Nest's own shutdown hooks are not used: they end by
 * sending the signal again, which a process with id 1 ignores.
 */
export async function shutDown(
  app: NestExpressApplication,
  listeners: readonly Listener[],
  { graceMs, lingerMs }: ShutdownTimes,
): Promise<void> {
  const logger = new Logger('Proxy');
  const lifecycle = app.get(Lifecycle);
  const deadline = performance.now() + graceMs;
  lifecycle.drain();
  await wait(ACCEPT_MS);
  const logRunning = (): void => {
    const { running } = lifecycle;
    if (running > 0) logger.log(`shutting down: ${running} requests are running; a second signal exits at once`);
  };
  logRunning();
  if (lingerMs > 0 && (await hasConnections(listeners))) await wait(Math.min(lingerMs, graceMs));
  const closed = Promise.all(listeners.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  const closeIdle = (): void => {
    for (const { connections } of listeners) connections.closeIdle();
  };
  closeIdle();
  const timers = [setInterval(closeIdle, CLOSE_IDLE_INTERVAL_MS), setInterval(logRunning, REPORT_INTERVAL_MS)];
  if (!(await isDoneWithin(closed, deadline - performance.now()))) {
    const { running } = lifecycle;
    app.get(Counters).drainAborted += running;
    // Logged as well, since the process may exit before the counter is scraped.
    if (running > 0) logger.warn({ cut: running }, 'requests aborted: SHUTDOWN_GRACE_SECONDS elapsed');
    await abort(lifecycle, listeners, closed);
  }
  for (const timer of timers) clearInterval(timer);
  await isDoneWithin(app.close(), RELEASE_TIMEOUT_MS);
}

async function abort(lifecycle: Lifecycle, listeners: readonly Listener[], closed: Promise<unknown>): Promise<void> {
  lifecycle.abortCalls();
  await isDoneWithin(closed, ABORT_TIMEOUT_MS);
  lifecycle.failUnanswered();
  await isDoneWithin(closed, LAST_LINE_TIMEOUT_MS);
  for (const { connections } of listeners) connections.closeAll();
  await closed;
}

function isDoneWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return withTimeout(
    promise.then(() => true),
    Math.max(0, ms),
    () => false,
  );
}

async function hasConnections(listeners: readonly Listener[]): Promise<boolean> {
  const counts = listeners.map(
    ({ server }) =>
      new Promise<number>((resolve) => {
        server.getConnections((_error, count) => resolve(count));
      }),
  );
  return (await Promise.all(counts)).some((count) => count > 0);
}
