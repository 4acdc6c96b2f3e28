import { createHash } from 'node:crypto';
import { isRecord } from '#primitives';
import type { KeptStore, StoreUsage } from './kept-store.js';

type Fields = Readonly<Record<string, unknown>>;

/** A response of the Responses API, with the items that led to it. */
export interface StoredResponse {
  readonly response: Fields;
  /** All of them, also those of the responses that this one continues: each can be continued after those are gone. */
  readonly input: readonly Fields[];
}

/** Responses that later requests continue, read or delete. */
export class StoredResponses {
  /** @param store undefined: none are stored */
  constructor(private readonly store?: KeptStore<StoredResponse>) {}

  get isEnabled(): boolean {
    return this.store !== undefined;
  }

  get usage(): StoreUsage {
    return this.store?.usage ?? { entries: 0, bytes: 0 };
  }

  /**
   * The responses in the order of the ids; undefined for those that are not stored for this caller.
   * @param scope the caller; undefined: none
   */
  async find(scope: string | undefined, ids: readonly string[]): Promise<(StoredResponse | undefined)[]> {
    if (!this.store || scope === undefined || ids.length === 0) return ids.map(() => undefined);
    return this.store.get(ids.map((id) => keyOf(scope, id)));
  }

  /** Never rejects. Other replicas find the response when the promise resolves. */
  async keep(scope: string | undefined, id: string, stored: StoredResponse): Promise<void> {
    if (!this.store || scope === undefined) return;
    await this.store.put([keyOf(scope, id)], stored, JSON.stringify(stored));
  }

  async delete(scope: string | undefined, id: string): Promise<void> {
    if (scope !== undefined) await this.store?.delete(keyOf(scope, id));
  }
}

/** Undefined for anything but a stored response. */
export function readStoredResponse(value: unknown): StoredResponse | undefined {
  return isStoredResponse(value) ? value : undefined;
}

function isStoredResponse(value: unknown): value is StoredResponse {
  if (!isRecord(value)) return false;
  return isRecord(value.response) && Array.isArray(value.input) && value.input.every(isRecord);
}

function keyOf(scope: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['response', scope, id]))
    .digest('base64url');
}
