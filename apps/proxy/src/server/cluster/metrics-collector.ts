import { ExitedWorkerTotals } from './exited-worker-totals.js';
import type { Report } from './messages.js';

/** If a worker does not answer in time, its previous report is used. */
const REPORT_TIMEOUT_MS = 1000;

interface Reporter {
  readonly id: number;
  /** `id` comes back with the report. */
  requestReport(id: number): void;
}

/** Collects the reports of all workers, with the totals of those that have exited. */
export class MetricsCollector {
  private readonly last = new Map<number, Report>();
  private readonly exited = new ExitedWorkerTotals();
  /** Collections that wait for reports, by id. */
  private readonly open = new Map<number, { readonly missing: Set<number>; readonly finish: () => void }>();
  private lastId = 0;

  /** Never fails, and takes at most REPORT_TIMEOUT_MS. */
  async collect(reporters: readonly Reporter[]): Promise<readonly Report[]> {
    this.lastId += 1;
    const id = this.lastId;
    await new Promise<void>((finish) => {
      const timer = setTimeout(finish, REPORT_TIMEOUT_MS);
      const missing = new Set(reporters.map((reporter) => reporter.id));
      this.open.set(id, {
        missing,
        finish: () => {
          clearTimeout(timer);
          finish();
        },
      });
      for (const reporter of reporters) reporter.requestReport(id);
    });
    this.open.delete(id);
    return [...this.last.values(), this.exited.report()];
  }

  addReport(id: number, worker: number, report: Report): void {
    this.last.set(worker, report);
    this.markReceived(id, worker);
  }

  workerExited(worker: number): void {
    this.exited.add(this.last.get(worker) ?? []);
    this.last.delete(worker);
    for (const id of this.open.keys()) this.markReceived(id, worker);
  }

  private markReceived(id: number, worker: number): void {
    const collection = this.open.get(id);
    if (collection?.missing.delete(worker) && collection.missing.size === 0) collection.finish();
  }
}
