import type { Storage } from './storage.js';

/** Ends with the process. */
export class MemoryStorage implements Storage {
  readonly isShared = false;
  private readonly texts = new Map<string, string>();

  readAll(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.texts);
  }

  read(key: string): Promise<string | undefined> {
    return Promise.resolve(this.texts.get(key));
  }

  write(key: string, text: string, maxCount: number): Promise<boolean> {
    if (!this.texts.has(key) && this.texts.size >= maxCount) return Promise.resolve(false);
    this.texts.set(key, text);
    return Promise.resolve(true);
  }

  remove(key: string): Promise<boolean> {
    return Promise.resolve(this.texts.delete(key));
  }

  version(): Promise<string> {
    return Promise.resolve('');
  }

  watch(): void {
    // Nothing else writes.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
