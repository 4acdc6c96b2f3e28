import { describe, expect, it } from 'vitest';
import { OverloadedError } from '#errors';
import { outcomeOf } from './gate.js';
import { toProxyException } from './upstream-failure.js';

describe('a limit of this process', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EADDRNOTAVAIL'])(
    '%s is 503 and no failure of the upstream',
    (code) => {
      const failure = toProxyException(Object.assign(new Error('connect'), { code }));
      expect(failure).toBeInstanceOf(OverloadedError);
      expect(outcomeOf(undefined, failure)).toBe('neutral');
    },
  );
});
