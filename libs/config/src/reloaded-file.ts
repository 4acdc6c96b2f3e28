import type { StatsListener } from 'node:fs';
import { unwatchFile, watchFile } from 'node:fs';

/** Polling follows the symlinks of a mounted ConfigMap or Secret; watching by inotify does not. */
const POLL_INTERVAL_MS = 1000;

/** A change may span two files, or two writes of one; they are read after this. */
const SETTLE_MS = 200;

export interface ReloadedFileOptions<T> {
  /** The content, for the log: "mapping file". */
  readonly name: string;
  /** Files that are read together; those that are undefined are not in use. */
  readonly files: readonly (string | undefined)[];
  /** @throws Error whose message goes into the log, so it must not contain a secret */
  readonly read: () => T;
  readonly apply: (value: T) => void;
  readonly logger: { error(message: string): void };
}

/** Reads files again after a change. Files with mistakes are logged, and the previous value stays active. */
export class ReloadedFile<T> {
  private readonly files: readonly string[];
  private pending: NodeJS.Timeout | undefined;
  /** Reloads that took effect. */
  accepted = 0;
  /** Reloads that failed because of mistakes in the files. */
  rejected = 0;

  constructor(private readonly options: ReloadedFileOptions<T>) {
    this.files = options.files.filter((file) => file !== undefined);
  }

  start(): void {
    for (const file of this.files) watchFile(file, { interval: POLL_INTERVAL_MS, persistent: false }, this.onPoll);
  }

  stop(): void {
    clearTimeout(this.pending);
    for (const file of this.files) unwatchFile(file, this.onPoll);
  }

  reload(): void {
    this.pending = undefined;
    const { name, read, apply, logger } = this.options;
    let value: T;
    try {
      value = read();
    } catch (error) {
      this.rejected += 1;
      const reason = error instanceof Error ? error.message : String(error);
      logger.error(`the new ${name} was rejected, the previous one stays active: ${reason}`);
      return;
    }
    apply(value);
    this.accepted += 1;
  }

  private readonly onPoll: StatsListener = (now, before) => {
    if (now.mtimeMs === before.mtimeMs && now.ino === before.ino && now.size === before.size) return;
    this.pending ??= setTimeout(() => this.reload(), SETTLE_MS).unref();
  };
}
