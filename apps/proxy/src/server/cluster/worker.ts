import type { Report, ToPrimary, ToWorker } from './messages.js';

/** What came from the primary, and from nobody else. */
function onMessage(listener: (message: ToWorker) => void): void {
  process.on('message', (message: Partial<ToWorker>) => {
    if (message.kind !== undefined) listener(message as ToWorker);
  });
}

function send(message: ToPrimary): void {
  // Without its primary a worker ends by itself, so nobody has to hear of a failure.
  process.send?.(message, undefined, {}, () => undefined);
}

/** The primary decides when a worker stops. */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void): void {
  onMessage((message) => {
    if (message.kind === 'stop') stop(message.signal);
  });
}

/** Tells the primary that this worker serves. */
export function notifyReady(): void {
  send({ kind: 'ready' });
}

/** The reports of all workers, through their primary. */
export class Reports {
  private readonly asked = new Map<number, (reports: readonly Report[]) => void>();
  private lastId = 0;

  /** @param own what this worker has to report */
  constructor(own: () => Promise<Report>) {
    onMessage((message) => {
      if (message.kind === 'reports') {
        this.asked.get(message.id)?.(message.reports);
        this.asked.delete(message.id);
      } else if (message.kind === 'report') {
        // Without an answer the primary takes the last one.
        own().then(
          (report) => send({ kind: 'report', id: message.id, report }),
          () => undefined,
        );
      }
    });
  }

  /** Does not fail: the primary waits for nobody longer than a second. */
  async all(): Promise<readonly Report[]> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve) => {
      this.asked.set(id, resolve);
      send({ kind: 'ask', id });
    });
  }
}
