import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Environment } from './environment.js';
import { ConfigurationError } from './environment.js';

/** A certificate with its chain, and its key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What https is served with. */
export interface ServerTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** As read at the start. */
  readonly pair: KeyPair;
}

/** Both files or none; each mistake names its variable, never a file's content. */
export function checkServerTls({
  TLS_CERT_FILE: certFile,
  TLS_KEY_FILE: keyFile,
}: Pick<Environment, 'TLS_CERT_FILE' | 'TLS_KEY_FILE'>): { tls?: ServerTls; mistakes: string[] } {
  if (certFile === undefined && keyFile === undefined) return { mistakes: [] };
  if (keyFile === undefined) return { mistakes: ['TLS_KEY_FILE is required with TLS_CERT_FILE'] };
  if (certFile === undefined) return { mistakes: ['TLS_CERT_FILE is required with TLS_KEY_FILE'] };
  try {
    return { tls: { certFile, keyFile, pair: readKeyPair(certFile, keyFile) }, mistakes: [] };
  } catch (error) {
    if (error instanceof ConfigurationError) return { mistakes: [...error.mistakes] };
    throw error;
  }
}

/** @throws ConfigurationError when a file cannot be read or the key does not belong to the certificate */
export function readKeyPair(certFile: string, keyFile: string): KeyPair {
  const mistakes: string[] = [];
  const read = (name: string, file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      mistakes.push(`${name} cannot be read (${String((error as NodeJS.ErrnoException).code)})`);
      return '';
    }
  };
  const cert = read('TLS_CERT_FILE', certFile);
  const key = read('TLS_KEY_FILE', keyFile);
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  const mistake =
    mistakeOf({ cert }, 'TLS_CERT_FILE contains no certificate in PEM form') ??
    mistakeOf({ key }, 'TLS_KEY_FILE contains no key in PEM form that opens without a passphrase') ??
    mistakeOf({ cert, key }, 'TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE');
  if (mistake !== undefined) throw new ConfigurationError([mistake]);
  return { cert, key };
}

function mistakeOf(options: Partial<KeyPair>, mistake: string): string | undefined {
  try {
    createSecureContext(options);
    return undefined;
  } catch {
    return mistake;
  }
}
