import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '#config';

/** Why a request has no key that counts; a closed list, for metrics. */
export type KeyRefusal = 'missing' | 'conflict' | 'unknown' | 'expired';

/**
 * The key that a request came with, or why it has none. Digests are compared, with all entries and to the end, so that
 * the time tells nothing about the keys there are.
 * @param presented the values of all headers that may carry one, without empty ones
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
