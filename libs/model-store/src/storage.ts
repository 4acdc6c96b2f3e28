/** Where models are kept: texts by key. Every method rejects if the storage does not work. */
export interface Storage {
  /** Whether other processes may write to it. */
  readonly isShared: boolean;
  readAll(): Promise<ReadonlyMap<string, string>>;
  read(key: string): Promise<string | undefined>;
  /**
   * Whole or not at all, and on the medium when it resolves.
   * @param maxCount most keys that the storage may have
   * @returns false if it is full; an existing key can always be replaced
   */
  write(key: string, text: string, maxCount: number): Promise<boolean>;
  /** @returns whether the key existed */
  remove(key: string): Promise<boolean>;
  /** Differs after each change of the content; cheap. */
  version(): Promise<string>;
  /** Calls `onChange` soon after a change by any process, where the storage can. */
  watch(onChange: () => void): void;
  close(): Promise<void>;
}
