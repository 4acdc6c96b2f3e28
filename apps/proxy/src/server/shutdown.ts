import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as wait } from 'node:timers/promises';
import { Counters } from '#observability';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import type { Listener } from './listen.js';

/** Connections and bytes that came before the signal are taken in first: they are requests, not idle connections. */
const TAKE_IN_MS = 20;

/** How often connections that have fallen idle are closed while answers finish. */
const REAP_MS = 100;

/** How often the log tells what is waited for. */
const REPORT_MS = 5000;

/** Time for the last line of an answer that is cut short to reach its client. */
const LAST_WORDS_MS = 1000;

/** Calls end at once when they are told to; whatever has not answered after this waits for something else. */
const ABORT_MS = 250;

/** What is left of the process may take this long to let go; then it is left behind. */
const RELEASE_MS = 2000;

export interface ShutdownTimes {
  /** For running answers, lingering included. */
  readonly graceMs: number;
  /** In which new connections are still served. */
  readonly lingerMs: number;
}

/**
 * Serves on for a moment while probes say that the process goes, stops listening, lets running answers finish until the
 * grace is over, ends what is left with an error in its own API's words, cuts what does not take that, and releases the
 * rest. Nest's own hooks are not used: they end by re-sending the signal, which a process with id 1 ignores.
 */
export async function shutDown(
  app: NestExpressApplication,
  listeners: readonly Listener[],
  { graceMs, lingerMs }: ShutdownTimes,
): Promise<void> {
  const lifecycle = app.get(Lifecycle);
  const deadline = performance.now() + graceMs;
  lifecycle.drain();
  await wait(TAKE_IN_MS);
  const tell = (): void => {
    const { running } = lifecycle;
    if (running > 0)
      new Logger('Proxy').log(`shutting down: ${running} requests are running; a second signal cuts them`);
  };
  tell();
  if (lingerMs > 0 && (await hasConnections(listeners))) await wait(Math.min(lingerMs, graceMs));
  const closed = Promise.all(listeners.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  const closeIdle = (): void => {
    for (const { connections } of listeners) connections.closeIdle();
  };
  closeIdle();
  const reap = setInterval(closeIdle, REAP_MS);
  const report = setInterval(tell, REPORT_MS);
  const isDone = await Promise.race([closed.then(() => true), until(deadline)]);
  if (isDone !== true) {
    const { running } = lifecycle;
    app.get(Counters).drainAborted += running;
    // The process may be gone before anybody scrapes the number.
    if (running > 0) new Logger('Proxy').warn({ cut: running }, 'answers cut short: SHUTDOWN_GRACE_SECONDS are over');
    await cutShort(lifecycle, listeners, closed);
  }
  clearInterval(reap);
  clearInterval(report);
  await Promise.race([app.close(), wait(RELEASE_MS, undefined, { ref: false })]);
}

async function cutShort(lifecycle: Lifecycle, listeners: readonly Listener[], closed: Promise<unknown>): Promise<void> {
  lifecycle.end();
  await Promise.race([closed, wait(ABORT_MS)]);
  lifecycle.refuseUnanswered();
  await Promise.race([closed, wait(LAST_WORDS_MS)]);
  for (const { connections } of listeners) connections.closeAll();
  await closed;
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

/** @param time monotonic milliseconds */
function until(time: number): Promise<void> {
  return wait(Math.max(0, time - performance.now()), undefined, { ref: false });
}
