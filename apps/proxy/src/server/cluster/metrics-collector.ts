import { ExitedWorkerTotals } from './exited-worker-totals.js';
import type { Report } from './messages.js';

/** A worker that has not answered by then is told of with what it said last. */
const REPORT_TIMEOUT_MS = 1000;

/** A worker that can be asked. */
interface Reporter {
  readonly id: number;
  /** Asks it for a report. */
  ask(id: number): void;
}

/** Gathers the reports of all workers, those that have ended included. */
export class MetricsCollector {
  private readonly last = new Map<number, Report>();
  private readonly departed = new ExitedWorkerTotals();
  /** What is waited for, by the id of the question. */
  private readonly open = new Map<number, { readonly missing: Set<number>; readonly finish: () => void }>();
  private lastId = 0;

  /** Never fails, and takes a second at most. */
  async gather(reporters: readonly Reporter[]): Promise<readonly Report[]> {
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
      for (const reporter of reporters) reporter.ask(id);
    });
    this.open.delete(id);
    return [...this.last.values(), this.departed.report()];
  }

  take(id: number, worker: number, report: Report): void {
    this.last.set(worker, report);
    this.markReceived(id, worker);
  }

  /** It has ended. */
  workerExited(worker: number): void {
    this.departed.add(this.last.get(worker) ?? []);
    this.last.delete(worker);
    for (const id of this.open.keys()) this.markReceived(id, worker);
  }

  private markReceived(id: number, worker: number): void {
    const question = this.open.get(id);
    if (question?.missing.delete(worker) && question.missing.size === 0) question.finish();
  }
}
