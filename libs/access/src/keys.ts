import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '#config';

/** Why a key was rejected. A closed list, because it is a label of a metric. */
export type KeyRefusal = 'missing' | 'conflict' | 'unknown' | 'expired';

/**
 * The key that a request presents, or the reason why it has none. All digests are compared in constant time, so that the
 * duration reveals nothing about the keys.
 * @param presented the non-empty values of all headers that may carry a key
 * @param now milliseconds since 1970
 */
export function findKey(keys: readonly ApiKey[], presented: readonly string[], now: number): ApiKey | KeyRefusal {
  const [secret, ...others] = new Set(presented);
  if (secret === undefined) return 'missing';
  if (others.length > 0) return 'conflict';
  const digest = createHash('sha256').update(secret).digest();
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(key.digest, digest)) found = key;
  if (!found) return 'unknown';
  return found.expiresAt !== undefined && found.expiresAt <= now ? 'expired' : found;
}
