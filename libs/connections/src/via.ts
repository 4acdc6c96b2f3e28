import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { LoopError } from '#errors';

const PRODUCT = 'ollama-openai-proxy';

/** Proxies of this kind that a request may pass. Chains of two are in use; a loop over several replicas ends here. */
const MAX_HOPS = 5;

/**
 * Pseudonym of this process in `Via` (RFC 9110 §7.6.3). Workers share that of their primary process, since a loop may come
 * back to another worker.
 */
export function createPseudonym(workers: number): string {
  const id =
    workers > 1
      ? createHash('sha256')
          .update(`${hostname()} ${String(process.ppid)}`)
          .digest('hex')
          .slice(0, 12)
      : randomBytes(6).toString('hex');
  return `${PRODUCT}-${id}`;
}

/** The `Via` of a request that is not forwarded for a proxy of this kind. */
export function viaOf(pseudonym: string): string {
  return `1.1 ${pseudonym}`;
}

/**
 * The `Via` to send for a request that arrived with one; undefined if no proxy of this kind added to it.
 * @throws LoopError if the request has already passed this process, or MAX_HOPS proxies of this kind
 */
export function extendVia(received: string, pseudonym: string): string | undefined {
  const passed = received.split(',').filter((entry) => entry.includes(`${PRODUCT}-`));
  if (passed.length === 0) return undefined;
  if (passed.length >= MAX_HOPS || passed.some((entry) => entry.trim().endsWith(` ${pseudonym}`)))
    throw new LoopError();
  return [...passed.map((entry) => entry.trim()), viaOf(pseudonym)].join(', ');
}
