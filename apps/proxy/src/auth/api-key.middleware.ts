import type { NextFunction, Request, Response } from 'express';
import type { KeyRegistry, KeyRefusal } from '#access';
import { FailedAttempts, findKey } from '#access';
import type { ApiKey } from '#config';
import { RateLimitError, UnauthorizedError } from '#errors';
import type { Counters } from '#observability';
import { presentedKeys } from './client-key.js';
import { discardBody } from '../edge/discard-body.js';
import type { PublicPaths } from './public-paths.js';

/**
 * Who may call, before anything of the body is read. Everything needs a key but the paths that are open; there a good key
 * still counts, and a bad one is as good as none. A refusal does not tell what was wrong with the key.
 */
export function checkApiKey(registry: KeyRegistry, paths: PublicPaths, counters: Counters) {
  const failures = new FailedAttempts();
  return (request: Request, response: Response, next: NextFunction): void => {
    const { keys } = registry;
    if (!keys) {
      next();
      return;
    }
    const isOpen = paths.needsNoKey(request.path);
    const address = request.ip ?? '';
    const waitMs = isOpen ? 0 : failures.lockedForMs(address, performance.now());
    const found: ApiKey | KeyRefusal = waitMs > 0 ? 'missing' : findKey(keys, presentedKeys(request), Date.now());
    if (typeof found !== 'string') {
      request.apiKey = found;
      next();
      return;
    }
    if (isOpen) {
      next();
      return;
    }
    discardBody(request);
    if (waitMs > 0) {
      counters.countAuthFailure('blocked');
      next(new RateLimitError('too many requests with a wrong key, please try again later', 'failures', waitMs));
      return;
    }
    counters.countAuthFailure(found);
    // Who sends none has not guessed anything.
    if (found !== 'missing') failures.count(address, performance.now());
    response.setHeader('WWW-Authenticate', 'Bearer');
    next(new UnauthorizedError());
  };
}
