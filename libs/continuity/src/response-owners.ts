import { createHash } from 'node:crypto';
import { isRecord } from '#primitives';
import type { KeptStore, StoreUsage } from './kept-store.js';

/** Where something is that an upstream stores. */
interface Owned {
  /** Name of the upstream. */
  readonly upstream: string;
}

/**
 * Which caller made the responses, and their items, that an upstream stores under its one account. With the id of another
 * caller's response a request could continue, read or delete it.
 */
export class ResponseOwners {
  /** @param store undefined: nothing is known */
  constructor(private readonly store?: KeptStore<Owned>) {}

  get usage(): StoreUsage {
    return this.store?.usage ?? { entries: 0, bytes: 0 };
  }

  /** Names of the upstreams in the order of the ids; undefined for what is not known as this caller's. Never rejects. */
  async find(scope: string | undefined, ids: readonly string[]): Promise<(string | undefined)[]> {
    if (!this.store || scope === undefined || ids.length === 0) return ids.map(() => undefined);
    const found = await this.store.get(ids.map((id) => keyOf(scope, id)));
    return found.map((owned) => owned?.upstream);
  }

  /** Never rejects. @returns a promise where other replicas have to know it before the client can use an id */
  keep(scope: string | undefined, ids: readonly string[], upstream: string): Promise<void> | undefined {
    if (!this.store || scope === undefined || ids.length === 0) return undefined;
    const owned = { upstream };
    return this.store.put(
      ids.map((id) => keyOf(scope, id)),
      owned,
      JSON.stringify(owned),
    );
  }
}

/** Undefined for anything but what `keep` stored. */
export function readOwned(value: unknown): Owned | undefined {
  return isRecord(value) && typeof value.upstream === 'string' ? { upstream: value.upstream } : undefined;
}

function keyOf(scope: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['owner', scope, id]))
    .digest('base64url');
}
