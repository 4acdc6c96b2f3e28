import type { Storage } from './storage.js';

/** Ends with the process. */
export class MemoryStorage implements Storage {
  readonly isShared = false;
  private readonly texts = new Map<string, string>();
  private changes = 0;

  readAll(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.texts);
  }

  read(key: string): Promise<string | undefined> {
    return Promise.resolve(this.texts.get(key));
  }

  write(key: string, text: string, maxCount: number): Promise<boolean> {
    if (!this.texts.has(key) && this.texts.size >= maxCount) return Promise.resolve(false);
    this.texts.set(key, text);
    this.changes += 1;
    return Promise.resolve(true);
  }

  remove(key: string): Promise<boolean> {
    const isRemoved = this.texts.delete(key);
    if (isRemoved) this.changes += 1;
    return Promise.resolve(isRemoved);
  }

  version(): Promise<string> {
    return Promise.resolve(String(this.changes));
  }

  watch(): void {
    // Nothing else writes.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
