/** What a store holds. */
export interface StoreUsage {
  readonly entries: number;
  readonly bytes: number;
}

/** Keeps JSON values for a limited time; any of them may be gone earlier. */
export interface KeptStore<T> {
  /** Of this process. */
  readonly usage: StoreUsage;
  /** The values in the order of the keys; undefined for those that are unknown or expired. Never rejects. */
  get(keys: readonly string[]): (T | undefined)[] | Promise<(T | undefined)[]>;
  /**
   * Keeps one value under each of the keys. Never rejects.
   * @param json the value as JSON, by which its size is counted
   * @returns a promise where the value leaves this process
   */
  put(keys: readonly string[], value: T, json: string): Promise<void> | undefined;
  /** Never rejects. */
  delete(key: string): Promise<void> | undefined;
}
