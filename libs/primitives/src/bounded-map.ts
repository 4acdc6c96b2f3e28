/** A Map with at most `maxEntries` entries: a new key evicts the entry that was set longest ago. Reading keeps the order. */
export class BoundedMap<K, V> extends Map<K, V> {
  constructor(private readonly maxEntries: number) {
    super();
  }

  override set(key: K, value: V): this {
    this.delete(key);
    const oldest = this.keys().next();
    if (this.size >= this.maxEntries && oldest.done !== true) this.delete(oldest.value);
    return super.set(key, value);
  }
}
