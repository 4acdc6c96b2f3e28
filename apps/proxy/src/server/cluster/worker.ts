import type { Report, ToPrimary, ToWorker } from './messages.js';

function onMessage(listener: (message: ToWorker) => void): void {
  process.on('message', (message: Partial<ToWorker>) => {
    if (message.kind !== undefined) listener(message as ToWorker);
  });
}

function send(message: ToPrimary): void {
  // Without its primary a worker exits by itself, so a failure needs no handling.
  process.send?.(message, undefined, {}, () => undefined);
}

/** Calls `stop` when the primary stops the workers. */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void): void {
  onMessage((message) => {
    if (message.kind === 'stop') stop(message.signal);
  });
}

/** Reports to the primary that this worker accepts requests. */
export function notifyReady(): void {
  send({ kind: 'ready' });
}

/** Exchanges reports with the other workers through the primary. */
export class Reports {
  private readonly pending = new Map<number, (reports: readonly Report[]) => void>();
  private lastId = 0;

  /** @param ownReport makes the report of this worker */
  constructor(ownReport: () => Promise<Report>) {
    onMessage((message) => {
      if (message.kind === 'reports') {
        this.pending.get(message.id)?.(message.reports);
        this.pending.delete(message.id);
      } else if (message.kind === 'requestReport') {
        // When this fails the primary uses the previous report.
        ownReport().then(
          (report) => send({ kind: 'report', id: message.id, report }),
          () => undefined,
        );
      }
    });
  }

  /** Never fails: the primary waits at most REPORT_TIMEOUT_MS for a worker. */
  async all(): Promise<readonly Report[]> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve) => {
      this.pending.set(id, resolve);
      send({ kind: 'requestReports', id });
    });
  }
}
