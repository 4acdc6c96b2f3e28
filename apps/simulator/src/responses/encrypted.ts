import { digest } from '../text/random.js';

const PREFIX = 'sim-encrypted.';

/** A text in place of encrypted reasoning: recognisable, and different for each reasoning. */
export function encrypt(reasoning: string): string {
  return `${PREFIX}${digest(reasoning)}`;
}

export function isOwnEncrypted(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(PREFIX);
}
