import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../../test/support/certificates.js';
import type { ConfigurationError } from './configuration-error.js';
import { readSettings } from './settings.js';

const settingsWith = (tls: Record<string, string>) => readSettings({ OPENAI_API_BASE_URL: 'http://gpu/v1', ...tls });

function mistakesOf(tls: Record<string, string>): readonly string[] {
  try {
    settingsWith(tls);
  } catch (error) {
    return (error as ConfigurationError).mistakes;
  }
  return [];
}

function file(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'tls-')), 'file.pem');
  writeFileSync(path, content);
  return path;
}

describe('the files of TLS', () => {
  it('may be absent, both of them', () => {
    expect(settingsWith({}).server.tls).toBeUndefined();
    expect(mistakesOf({ TLS_CERT_FILE: 'a' })).toEqual(['TLS_KEY_FILE is required with TLS_CERT_FILE']);
    expect(mistakesOf({ TLS_KEY_FILE: 'a' })).toEqual(['TLS_CERT_FILE is required with TLS_KEY_FILE']);
  });

  it('must be readable, or are reported together with other mistakes', () => {
    const tls = { TLS_CERT_FILE: '/nowhere/a', TLS_KEY_FILE: '/nowhere/b' };
    expect(mistakesOf({ ...tls, PROXY_PORT: 'x' })).toEqual([
      expect.stringContaining('PROXY_PORT'),
      'TLS_CERT_FILE cannot be read (ENOENT)',
      'TLS_KEY_FILE cannot be read (ENOENT)',
    ]);
  });

  it.skipIf(!hasOpenssl)('must contain a certificate and its key; contents are never printed', () => {
    const [one, two] = [makeCertificate('one'), makeCertificate('two')];
    expect(settingsWith({ TLS_CERT_FILE: one.certFile, TLS_KEY_FILE: one.keyFile }).server.tls).toEqual({
      certFile: one.certFile,
      keyFile: one.keyFile,
      pair: { cert: one.cert, key: one.key },
    });
    expect(mistakesOf({ TLS_CERT_FILE: one.certFile, TLS_KEY_FILE: two.keyFile })).toEqual([
      'TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE',
    ]);
    expect(mistakesOf({ TLS_CERT_FILE: file('secret'), TLS_KEY_FILE: one.keyFile })).toEqual([
      'TLS_CERT_FILE contains no certificate in PEM form',
    ]);
    expect(mistakesOf({ TLS_CERT_FILE: one.certFile, TLS_KEY_FILE: file('secret') })).toEqual([
      'TLS_KEY_FILE contains no key in PEM form that opens without a passphrase',
    ]);
  });
});
