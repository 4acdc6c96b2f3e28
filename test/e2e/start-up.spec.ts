import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Simulator } from '../../apps/simulator/src/simulator.js';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask } from '../support/ask.js';
import type { ChildProxy } from '../support/child-proxy.js';
import { startChild } from '../support/child-proxy.js';
import { loadedFiles, loadedPackages, TELL_LOADED } from '../support/loaded-packages.js';

/** Each costs a start some ten milliseconds and a megabyte, and most proxies never come to it. */
const HEAVY = [
  '@nestjs/swagger',
  '@opentelemetry/api',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
  '@willsoto/nestjs-prometheus',
  'busboy',
  'file-type',
  'follow-redirects',
  'form-data',
  'helmet',
  'ioredis',
  'js-yaml',
  'libphonenumber-js',
  'multer',
  'prom-client',
  'rate-limiter-flexible',
  'redoc',
  'sharp',
  'swagger-ui-dist',
  'yaml',
];

/** The built proxy takes 10 and its first chat another; a package that is not bundled brings dozens. */
const MOST_FILES = 20;

/** If the environment of the tests sets these, a start loads more than by default. */
const DEFAULTS = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SERVICE_NAME: '', MODEL_MAPPING_FILE: '', UPSTREAMS: '' };

let simulator: Simulator;
let upstream: string;
beforeAll(async () => {
  simulator = createSimulator();
  upstream = await simulator.listen();
});
afterAll(() => simulator.close());

const start = (environment: Record<string, string> = {}): Promise<ChildProxy> =>
  startChild(upstream, { ...DEFAULTS, ...environment }, TELL_LOADED);
const chat = ({ url }: ChildProxy): Promise<unknown> =>
  ask(`${url}/api/chat`, { model: 'sim-chat', messages: [{ role: 'user', content: 'x' }] });
const heavy = ({ output }: ChildProxy): string[] => {
  const loaded = loadedPackages(output());
  return HEAVY.filter((name) => loaded.has(name));
};

describe('a production start', { timeout: 60_000 }, () => {
  it('and a first chat load only the packages they need', async () => {
    const proxy = await start();
    await chat(proxy);
    expect(heavy(proxy)).toEqual([]);
    // What is looked at is there to be seen.
    expect([...loadedPackages(proxy.output())]).toEqual(expect.arrayContaining(['@nestjs/core', 'undici', 'axios']));
    expect(loadedFiles(proxy.output()).length).toBeLessThan(MOST_FILES);
  });

  it('and a first chat load files in ASCII, which V8 keeps in one byte for each character', async () => {
    const proxy = await start();
    await chat(proxy);
    const hasOthers = (file: string): boolean => /[^\0-\x7f]/.test(readFileSync(file, 'utf8'));
    expect(loadedFiles(proxy.output()).filter(hasOthers)).toEqual([]);
  });

  it("and a first chat do not load Node's own fetch, WebSocket and HTTP/2", async () => {
    const proxy = await start();
    await chat(proxy);
    proxy.child.kill('SIGTERM');
    await proxy.exit;
    const parts = proxy.output();
    expect(parts).not.toMatch(/^PART NativeModule (internal\/deps\/undici\/undici|http2)$/m);
    expect(parts).toMatch(/^PART NativeModule http$/m);
  });

  it('ends with a collection that returns memory, when no request runs', async () => {
    const proxy = await startChild(upstream, DEFAULTS, ['--trace-gc']);
    await expect.poll(proxy.output, { timeout: 20_000 }).toContain('Mark-Compact (reduce)');
  });

  it('with OTEL_SDK_DISABLED loads nothing of OpenTelemetry', async () => {
    const proxy = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' });
    await chat(proxy);
    expect(heavy(proxy)).toEqual([]);
  });

  it('loads the metrics with the first scrape', async () => {
    const proxy = await start();
    await ask(`${proxy.url}/metrics`);
    expect(heavy(proxy)).toEqual(expect.arrayContaining(['@willsoto/nestjs-prometheus', 'prom-client']));
    expect(heavy(proxy)).not.toContain('@opentelemetry/sdk-trace');
  });

  it("loads the API document's packages with the document, not with the pages", async () => {
    const proxy = await start({ DOCS_ENABLED: 'true', DOCS_AUTH: '' });
    await ask(`${proxy.url}/docs`);
    expect(heavy(proxy)).not.toContain('@nestjs/swagger');
    await ask(`${proxy.url}/openapi.json`);
    expect(heavy(proxy)).toContain('@nestjs/swagger');
  });

  it('loads YAML for a mapping file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'start-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'mapping.yaml');
    writeFileSync(file, 'alias: sim-chat\n');
    expect(heavy(await start({ MODEL_MAPPING_FILE: file }))).toEqual(['yaml']);
  });

  it('loads OpenTelemetry for traces', async () => {
    const proxy = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect(heavy(proxy)).toContain('@opentelemetry/sdk-trace');
  });
});
