import type { StorageCall, StorageReply, StorageRequest, StorageValue } from './shared-memory.js';
import type { Storage } from './storage.js';

/** In a worker: the memory of its primary. Without its primary a worker exits, so no call waits forever. */
export class WorkerStorage implements Storage {
  readonly isShared = true;
  private readonly pending = new Map<number, (value: StorageValue) => void>();
  private lastId = 0;

  private constructor() {
    process.on('message', this.onMessage);
  }

  static open(): WorkerStorage {
    return new WorkerStorage();
  }

  async readAll(): Promise<ReadonlyMap<string, string>> {
    const value = await this.call({ method: 'readAll' });
    return new Map(Array.isArray(value) ? (value as readonly (readonly [string, string])[]) : []);
  }

  async read(key: string): Promise<string | undefined> {
    const value = await this.call({ method: 'read', key });
    return typeof value === 'string' ? value : undefined;
  }

  async write(key: string, text: string, maxCount: number): Promise<boolean> {
    return (await this.call({ method: 'write', key, text, maxCount })) === true;
  }

  async remove(key: string): Promise<boolean> {
    return (await this.call({ method: 'remove', key })) === true;
  }

  async version(): Promise<string> {
    return String(await this.call({ method: 'version' }));
  }

  watch(): void {
    // Changes of other workers are found by the version.
  }

  close(): Promise<void> {
    process.off('message', this.onMessage);
    return Promise.resolve();
  }

  private readonly onMessage = (message: Partial<StorageReply>): void => {
    const { kind, id, value } = message;
    if (kind !== 'storageReply' || id === undefined || value === undefined) return;
    this.pending.get(id)?.(value);
    this.pending.delete(id);
  };

  private call(call: StorageCall): Promise<StorageValue> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.pending.set(id, resolve);
      const request: StorageRequest = { kind: 'callStorage', id, call };
      process.send?.(request, undefined, {}, (error) => {
        if (!error) return;
        this.pending.delete(id);
        reject(error);
      });
    });
  }
}
