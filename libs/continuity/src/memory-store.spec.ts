import { describe, expect, it } from 'vitest';
import { MemoryStore } from './memory-store.js';

const LIMITS = { maxBytes: 1e6, maxEntries: 1000, ttlMs: 1000 };

function put(store: MemoryStore<string>, key: string, value = key): void {
  store.put([key], value, JSON.stringify(value));
}

describe('values in memory', () => {
  it('expire', () => {
    let now = 0;
    const store = new MemoryStore<string>(LIMITS, () => now);
    put(store, 'a');
    now = 999;
    expect(store.get(['a', 'b'])).toEqual(['a', undefined]);
    now = 1000;
    expect(store.get(['a'])).toEqual([undefined]);
    expect(store.usage).toEqual({ entries: 0, bytes: 0 });
  });

  it('are bounded in bytes: those not used for the longest time go first', () => {
    const large = 'x'.repeat(300);
    const store = new MemoryStore<string>({ ...LIMITS, maxBytes: 2000 });
    put(store, 'a', large);
    put(store, 'b', large);
    store.get(['a']);
    put(store, 'c', large);
    expect(store.get(['a', 'b', 'c'])).toEqual([large, undefined, large]);
    expect(store.usage.bytes).toBeLessThanOrEqual(2000);
  });

  it('are bounded in number', () => {
    const store = new MemoryStore<string>({ ...LIMITS, maxEntries: 2 });
    for (const key of ['a', 'b', 'c']) put(store, key);
    expect(store.get(['a', 'b', 'c'])).toEqual([undefined, 'b', 'c']);
    expect(store.usage.entries).toBe(2);
  });

  it('that alone exceed the limit are not kept, and replace what had their key', () => {
    const store = new MemoryStore<string>({ ...LIMITS, maxBytes: 1000 });
    put(store, 'a');
    put(store, 'a', 'x'.repeat(1000));
    expect(store.get(['a'])).toEqual([undefined]);
    expect(store.usage).toEqual({ entries: 0, bytes: 0 });
  });

  it('are replaced and deleted without a trace', () => {
    const store = new MemoryStore<string>(LIMITS);
    put(store, 'a', 'x'.repeat(100));
    put(store, 'a', 'y');
    const one = store.usage.bytes;
    put(store, 'b', 'z');
    expect(store.usage).toEqual({ entries: 2, bytes: 2 * one });
    store.delete('a');
    store.delete('b');
    store.delete('c');
    expect(store.usage).toEqual({ entries: 0, bytes: 0 });
  });
});
