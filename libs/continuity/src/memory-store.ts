import type { KeptStore, StoreUsage } from './kept-store.js';

/** Per entry: the key, and what the map and the entry need (measured: about 200 bytes). */
const OVERHEAD_BYTES = 300;

export interface MemoryLimits {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly ttlMs: number;
}

interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

/** Values of this process; those that were not used for the longest time are removed first. */
export class MemoryStore<T> implements KeptStore<T> {
  /** In the order of use. */
  private readonly entries = new Map<string, Entry<T>>();
  private bytes = 0;

  constructor(
    private readonly limits: MemoryLimits,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get usage(): StoreUsage {
    return { entries: this.entries.size, bytes: this.bytes };
  }

  get(keys: readonly string[]): (T | undefined)[] {
    return keys.map((key) => this.find(key));
  }

  put(keys: readonly string[], value: T, json: string): undefined {
    // Strings have one or two bytes for each UTF-16 code unit.
    const bytes = 2 * json.length + OVERHEAD_BYTES;
    const { maxBytes, maxEntries, ttlMs } = this.limits;
    for (const key of keys) {
      this.remove(key);
      if (bytes > maxBytes) continue;
      this.add(key, { value, bytes, expiresAt: this.now() + ttlMs });
    }
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= maxBytes && this.entries.size <= maxEntries) break;
      this.remove(oldest);
    }
  }

  delete(key: string): undefined {
    this.remove(key);
  }

  private find(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.remove(key);
    if (entry.expiresAt <= this.now()) return undefined;
    this.add(key, entry);
    return entry.value;
  }

  private add(key: string, entry: Entry<T>): void {
    this.entries.set(key, entry);
    this.bytes += entry.bytes;
  }

  private remove(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.bytes -= entry.bytes;
  }
}
