import { MemoryStorage } from './memory-storage.js';

/** A call of a method of `Storage` by a worker, for its primary. */
export type StorageCall =
  | { readonly method: 'readAll' | 'version' }
  | { readonly method: 'read' | 'remove'; readonly key: string }
  | { readonly method: 'write'; readonly key: string; readonly text: string; readonly maxCount: number };

/** From a worker. */
export interface StorageRequest {
  readonly kind: 'callStorage';
  readonly id: number;
  readonly call: StorageCall;
}

/** To the worker that sent a request. */
export interface StorageReply {
  readonly kind: 'storageReply';
  readonly id: number;
  readonly value: StorageValue;
}

/** What a method returns; entries for the map of `readAll`, since messages are JSON. */
export type StorageValue = string | boolean | null | readonly (readonly [key: string, text: string])[];

/** In the primary: the memory of all its workers, which lives as long as the process that was started. */
export class SharedMemory {
  private readonly storage = new MemoryStorage();

  async answer(call: StorageCall): Promise<StorageValue> {
    switch (call.method) {
      case 'readAll':
        return [...(await this.storage.readAll())];
      case 'version':
        return this.storage.version();
      case 'read':
        return (await this.storage.read(call.key)) ?? null;
      case 'remove':
        return this.storage.remove(call.key);
      case 'write':
        return this.storage.write(call.key, call.text, call.maxCount);
    }
  }
}
