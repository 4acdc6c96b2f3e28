import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, scripted, textOf } from '../support/ask.js';
import type { Certificate } from '../support/certificates.js';
import { hasOpenssl, makeCertificate } from '../support/certificates.js';
import { startChild } from '../support/child-proxy.js';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';

/** A mounted Secret: the names are links through `..data`, which is swapped as a whole. */
function mountSecret(first: Pick<Certificate, 'cert' | 'key'>) {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'));
  let version = 0;
  const write = ({ cert, key }: Pick<Certificate, 'cert' | 'key'>): void => {
    version += 1;
    const data = join(folder, `..v${version}`);
    mkdirSync(data);
    writeFileSync(join(data, 'tls.crt'), cert);
    writeFileSync(join(data, 'tls.key'), key);
    symlinkSync(`..v${version}`, join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
  };
  write(first);
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(folder, name));
  return { write, certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
}

/** The name in the certificate that a new connection is shown. */
function shownBy(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function becomes(port: number, name: string, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end;) {
    if ((await shownBy(port)) === name) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

describe('an upstream whose certificate is not verified', () => {
  it('logs a warning at every start', { timeout: 30_000 }, async () => {
    const upstream = createSimulator();
    const more = { DISABLE_SSL_VERIFICATION: 'true', LOG_LEVEL: 'WARNING' };
    const { child, exit, output } = await startChild(await upstream.listen(), more);
    expect(output()).toMatch(/"level":40.*certificates of upstream \\"default\\" are NOT verified/);
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    await upstream.close();
  });
});

describe.skipIf(!hasOpenssl)('the proxy with a certificate', () => {
  let simulator: Simulator;
  let proxy: RunningProxy;
  let secret: ReturnType<typeof mountSecret>;
  let first: Certificate;
  let client: Agent;

  beforeAll(async () => {
    first = makeCertificate('first');
    secret = mountSecret(first);
    simulator = createSimulator();
    proxy = await startProxy(await simulator.listen(), {
      TLS_CERT_FILE: secret.certFile,
      TLS_KEY_FILE: secret.keyFile,
    });
    client = new Agent({ connect: { ca: first.cert } });
  });
  afterAll(async () => {
    await client.close();
    await proxy.close();
    await simulator.close();
  });

  const chat = (script: object) => ({ model: 'sim-chat', messages: [scripted(script)] });

  it('serves https', async () => {
    expect(proxy.url).toMatch(/^https:/);
    const seen = await ask(`${proxy.url}/api/chat`, chat({ tokens: 5 }), { dispatcher: client });
    expect(textOf(seen.lines)).toMatch(/./);
    expect(seen.lines.at(-1)).toMatchObject({ done: true });
    await expect(ask(`${proxy.url}/api/version`)).rejects.toThrow();
  });

  it('refuses plain HTTP and old TLS versions', async () => {
    const plain = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connectPlain(proxy.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
      socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
    expect(plain).not.toContain('HTTP/1.1 200');
    const old = new Promise((resolve, reject) => {
      const options = { port: proxy.port, host: '127.0.0.1', maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' } as const;
      connect({ ...options, ciphers: 'DEFAULT@SECLEVEL=0', rejectUnauthorized: false }, () => resolve('connected')).on(
        'error',
        reject,
      );
    });
    await expect(old).rejects.toThrow();
  });

  it('responds to bytes within TLS that are not HTTP', async () => {
    const text = await new Promise<string>((resolve) => {
      let seen = '';
      const socket = connect({ port: proxy.port, host: '127.0.0.1', ca: first.cert }, () => {
        socket.write('NONSENSE\r\n\r\n');
      });
      socket.setEncoding('utf8').on('data', (piece: string) => (seen += piece));
      socket.on('error', () => undefined).on('close', () => resolve(seen));
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 .*\{"error":"malformed HTTP request"\}$/s);
  });

  it('reloads it within two seconds, and running responses continue', { timeout: 15_000 }, async () => {
    const second = makeCertificate('second');
    const running = ask(`${proxy.url}/api/chat`, chat({ tokens: 60, tokenDelayMs: 40 }), { dispatcher: client });
    secret.write(second);
    expect(await becomes(proxy.port, 'second', 3000)).toBe(true);
    expect((await running).lines.at(-1)).toMatchObject({ done: true });

    // Half a renewal, and a broken one: the old certificate stays.
    const third = makeCertificate('third');
    secret.write({ cert: third.cert, key: second.key });
    expect(await becomes(proxy.port, 'third', 1500)).toBe(false);
    secret.write({ cert: 'nonsense', key: 'nonsense' });
    expect(await becomes(proxy.port, 'third', 1500)).toBe(false);
    expect(await shownBy(proxy.port)).toBe('second');
    secret.write(third);
    expect(await becomes(proxy.port, 'third', 3000)).toBe(true);
  });

  it('stops in time despite an idle connection', async () => {
    const other = await startProxy(simulator.url, { TLS_CERT_FILE: first.certFile, TLS_KEY_FILE: first.keyFile });
    const silent = connectPlain(other.port, '127.0.0.1');
    const idle = connect({ port: other.port, host: '127.0.0.1', ca: first.cert });
    for (const socket of [silent, idle]) socket.on('error', () => undefined);
    await new Promise((resolve) => idle.once('secureConnect', resolve));
    const begun = performance.now();
    await other.close();
    expect(performance.now() - begun).toBeLessThan(2500);
  });
});
