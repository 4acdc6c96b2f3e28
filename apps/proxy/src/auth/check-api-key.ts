import type { KeyRegistry, KeyRefusal } from '#access';
import { FailedAttempts, findKey } from '#access';
import type { ApiKey } from '#config';
import { RateLimitError, UnauthorizedError } from '#errors';
import type { Counters } from '#observability';
import { clientNetwork } from './caller.js';
import { presentedKeys } from './client-key.js';
import type { EdgeCheck } from '../edge/edge.js';
import type { PublicPaths } from './public-paths.js';

/**
 * Refuses requests without a valid API key, before their body is read. On public paths a valid key is still recorded and an
 * invalid one is ignored. The response does not reveal what was wrong with a key.
 */
export function checkApiKey(registry: KeyRegistry, paths: PublicPaths, counters: Counters): EdgeCheck {
  const failures = new FailedAttempts();
  return (request, response) => {
    const { keys } = registry;
    if (!keys) return true;
    const isPublic = paths.needsNoKey(request);
    const network = clientNetwork(request);
    const waitMs = isPublic ? 0 : failures.lockedForMs(network, performance.now());
    const found: ApiKey | KeyRefusal = waitMs > 0 ? 'missing' : findKey(keys, presentedKeys(request), Date.now());
    if (typeof found !== 'string') {
      request.apiKey = found;
      request.hasOtherCallers = keys.length > 1;
      return true;
    }
    if (isPublic) return true;
    if (waitMs > 0) {
      counters.countAuthFailure('blocked');
      throw new RateLimitError('too many requests with a wrong key, please try again later', 'failures', waitMs);
    }
    counters.countAuthFailure(found);
    // A request without a key is no attempt to guess one.
    if (found !== 'missing') failures.count(network, performance.now());
    response.setHeader('WWW-Authenticate', 'Bearer');
    throw new UnauthorizedError();
  };
}
