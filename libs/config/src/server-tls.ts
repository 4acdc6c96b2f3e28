import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigurationError } from './configuration-error.js';
import type { Environment } from './environment.js';

/** A certificate with its chain, and its key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Certificate files of the server and their content at start. */
export interface ServerTls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly pair: KeyPair;
}

/** Reads both files, or none if neither is set, and adds mistakes by variable, without contents. */
export function checkServerTls(
  { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: Pick<Environment, 'TLS_CERT_FILE' | 'TLS_KEY_FILE'>,
  mistakes: string[],
): ServerTls | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (keyFile === undefined) mistakes.push('TLS_KEY_FILE is required with TLS_CERT_FILE');
  if (certFile === undefined) mistakes.push('TLS_CERT_FILE is required with TLS_KEY_FILE');
  if (keyFile === undefined || certFile === undefined) return undefined;
  try {
    return { certFile, keyFile, pair: readKeyPair(certFile, keyFile) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    mistakes.push(...error.mistakes);
    return undefined;
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
