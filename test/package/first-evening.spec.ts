import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask } from '../support/ask.js';
import { hasOpenssl, makeCertificate } from '../support/certificates.js';
import { freePort } from '../support/free-port.js';
import { startProxy } from '../support/start-proxy.js';

const KEY = 'the-right-key';
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'evening-'));
const simulator = createSimulator({ apiKey: KEY });
const certificate = hasOpenssl ? makeCertificate('127.0.0.1') : undefined;
const servers = {
  tls: createTlsServer({ cert: certificate?.cert, key: certificate?.key }, (_, response) => response.end('{}')),
  empty: createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"object":"list","data":[]}');
  }),
  page: createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<html>Sign in</html>');
  }),
  ollama: createServer((_, response) => response.end('Ollama is running')),
};
/** Ports of the servers, by their names; `closed` has none. */
let ports: Record<keyof typeof servers | 'simulator' | 'closed' | 'ipv6', number>;
const ipv6 = createServer((_, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"object":"list","data":[{"id":"only-model"}]}');
});

beforeAll(async () => {
  const portOf = async (server: (typeof servers)[keyof typeof servers], host = '127.0.0.1'): Promise<number> => {
    await new Promise<void>((listening) => server.listen(0, host, listening));
    return (server.address() as AddressInfo).port;
  };
  ports = {
    simulator: Number(new URL(await simulator.listen()).port),
    tls: await portOf(servers.tls),
    empty: await portOf(servers.empty),
    page: await portOf(servers.page),
    ollama: await portOf(servers.ollama),
    ipv6: await portOf(ipv6, '::1'),
    closed: await freePort(),
  };
  writeFileSync(join(folder, 'broken.yaml'), 'models:\n  - name: a\n   model: b\n');
  writeFileSync(join(folder, 'typo.yaml'), 'defualt_model: gpt-4o\n');
});
afterAll(async () => {
  await simulator.close();
  for (const server of [...Object.values(servers), ipv6]) server.close();
});

/** Runs the command to its end, with nothing but these variables. `{name}` is the port of a server. */
async function end(variables: Record<string, string>, ...args: string[]): Promise<{ code: number; lines: string[] }> {
  const filled = Object.entries(variables).map(([name, value]) => [name, fill(value)]);
  const options = { cwd: folder, env: { PATH: process.env.PATH, ...Object.fromEntries(filled) } as NodeJS.ProcessEnv };
  const result = await run(process.execPath, [resolve('scripts/cli.mjs'), ...args], options).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: unknown) => {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, output: stdout + stderr };
    },
  );
  return { code: result.code, lines: result.output.split('\n').map((line) => line.replace(/^ {2}- /, '')) };
}

const fill = (text: string): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in ports ? String(ports[name as keyof typeof ports]) : whole,
  );

const SIMULATOR = { OPENAI_API_BASE_URL: 'http://127.0.0.1:{simulator}', OPENAI_API_KEY: KEY };
const broken = (url: string, text: string): string => `Upstream default: DOES NOT WORK: GET ${url}/models: ${text}`;

describe('--check', { timeout: 60_000 }, () => {
  it.each<[mistake: string, variables: Record<string, string>, text: string, code?: number]>([
    [
      'a wrong path',
      { ...SIMULATOR, OPENAI_API_BASE_URL: 'http://127.0.0.1:{simulator}/wrong' },
      broken(
        'http://127.0.0.1:{simulator}/wrong',
        'Unknown request URL: GET /wrong/models. (status 404 for /models below the base URL; check OPENAI_API_BASE_URL)',
      ),
    ],
    [
      'a missing key',
      { ...SIMULATOR, OPENAI_API_KEY: '' },
      broken(
        'http://127.0.0.1:{simulator}/v1',
        "You didn't provide an API key. (status 401 of the upstream; check OPENAI_API_KEY)",
      ),
    ],
    [
      'a wrong key',
      { ...SIMULATOR, OPENAI_API_KEY: 'the-wrong-key' },
      broken(
        'http://127.0.0.1:{simulator}/v1',
        'Incorrect API key provided: ***. (status 401 of the upstream; check OPENAI_API_KEY)',
      ),
    ],
    [
      'a typo in a variable',
      { OPENAI_API_BASE_ULR: 'http://127.0.0.1:1' },
      'OPENAI_API_BASE_ULR is not read; did you mean OPENAI_API_BASE_URL?',
    ],
    [
      'a mapping file that is not YAML',
      { ...SIMULATOR, MODEL_MAPPING_FILE: 'broken.yaml' },
      'MODEL_MAPPING_FILE: broken.yaml, line 3, column 1 is neither JSON nor YAML',
    ],
    [
      'an unknown name in the mapping file',
      { ...SIMULATOR, MODEL_MAPPING_FILE: 'typo.yaml' },
      'MODEL_MAPPING_FILE.defualt_model: did you mean default_model?',
    ],
    [
      'a mapping file that does not exist',
      { ...SIMULATOR, MODEL_MAPPING_FILE: 'none.yaml' },
      'MODEL_MAPPING_FILE: none.yaml cannot be read (ENOENT)',
    ],
    [
      'quotes and blanks of an env file',
      { OPENAI_API_BASE_URL: '"http://127.0.0.1:{simulator}/v1" ', OPENAI_API_KEY: `'${KEY}'` },
      'Upstream default: works, 6 models (GET http://127.0.0.1:{simulator}/v1/models)',
      0,
    ],
    [
      'no models listed',
      { OPENAI_API_BASE_URL: 'http://127.0.0.1:{empty}' },
      'Upstream default: lists no models (GET http://127.0.0.1:{empty}/v1/models); name them in MODEL_MAPPING_FILE (docs/upstreams.md)',
    ],
    [
      'an upstream that is down',
      { OPENAI_API_BASE_URL: 'http://127.0.0.1:{closed}' },
      broken(
        'http://127.0.0.1:{closed}/v1',
        'the connection was refused (connect ECONNREFUSED 127.0.0.1:{closed}); check OPENAI_API_BASE_URL',
      ),
    ],
    [
      'a web page in the place of an API',
      { OPENAI_API_BASE_URL: 'http://127.0.0.1:{page}' },
      broken('http://127.0.0.1:{page}/v1', 'a web page instead of an API response; check OPENAI_API_BASE_URL'),
    ],
    [
      'https to a port without TLS',
      { OPENAI_API_BASE_URL: 'https://127.0.0.1:{simulator}' },
      broken(
        'https://127.0.0.1:{simulator}/v1',
        'the upstream does not use TLS, so its base URL must begin with http://; check OPENAI_API_BASE_URL',
      ),
    ],
    [
      'an upstream that listens on IPv6 only, by its IPv4 address',
      { OPENAI_API_BASE_URL: 'http://127.0.0.1:{ipv6}' },
      broken(
        'http://127.0.0.1:{ipv6}/v1',
        'the connection was refused (connect ECONNREFUSED 127.0.0.1:{ipv6}); check OPENAI_API_BASE_URL',
      ),
    ],
    [
      'the same, by its IPv6 address',
      { OPENAI_API_BASE_URL: 'http://[::1]:{ipv6}' },
      'Upstream default: works, 1 models (GET http://[::1]:{ipv6}/v1/models)',
      0,
    ],
    [
      'the proxy as its own upstream',
      { OPENAI_API_BASE_URL: 'http://localhost:11434' },
      'OPENAI_API_BASE_URL is the address of this proxy itself (HOST and PROXY_PORT)',
    ],
    [
      'an address without a scheme',
      { OPENAI_API_BASE_URL: '127.0.0.1:8000' },
      'OPENAI_API_BASE_URL must be an http or https URL, such as https://api.openai.com/v1',
    ],
    [
      'two names with different values',
      { ...SIMULATOR, OPENAI_BASE_URL: 'http://other' },
      'OPENAI_BASE_URL is another name for OPENAI_API_BASE_URL, and both are set to different values',
    ],
  ])('%s', async (_, variables, text, code = 1) => {
    const { code: actual, lines } = await end(variables, '--check');
    expect(lines).toContain(fill(text));
    expect(actual).toBe(code);
    expect(lines.join('\n')).not.toContain('the-wrong-key');
  });

  it.skipIf(!certificate)('a certificate that is signed by itself', async () => {
    const url = fill('https://127.0.0.1:{tls}');
    const { code, lines } = await end({ OPENAI_API_BASE_URL: url }, '--check');
    expect(lines).toContain(
      broken(
        `${url}/v1`,
        'the certificate is not trusted (self-signed certificate); set NODE_EXTRA_CA_CERTS to a PEM file with its issuer; check OPENAI_API_BASE_URL',
      ),
    );
    expect(code).toBe(1);
  });
});

describe('a start', { timeout: 60_000 }, () => {
  it.each(['ollama', 'simulator'])('on a port that is taken (%s)', async (name) => {
    const variables = { OPENAI_API_BASE_URL: 'http://127.0.0.1:{closed}', HOST: '127.0.0.1', PROXY_PORT: `{${name}}` };
    const { code, lines } = await end({ ...variables, LOG_LEVEL: 'ERROR' });
    expect(lines).toContain(
      fill(
        `PROXY_PORT: port {${name}} of 127.0.0.1 is in use; is Ollama running? Stop that program, or set PROXY_PORT to another port`,
      ),
    );
    expect(code).toBe(1);
  });
});

describe('a client', () => {
  it.each<[mistake: string, variables: Record<string, string>, model: string, status: number, error: string]>([
    ['with a wrong model name', SIMULATOR, 'no-such-model', 404, "model 'no-such-model' not found"],
    [
      'of a proxy with a wrong key',
      { ...SIMULATOR, OPENAI_API_KEY: 'the-wrong-key' },
      'sim-chat',
      502,
      'Incorrect API key provided: ***. (status 401 of the upstream; check OPENAI_API_KEY)',
    ],
    [
      'of a proxy without an upstream',
      { OPENAI_API_BASE_URL: 'http://127.0.0.1:{closed}' },
      'sim-chat',
      502,
      'upstream error: the connection was refused',
    ],
  ])('%s', async (_, variables, model, status, error) => {
    const { OPENAI_API_BASE_URL: url = '', ...more } = variables;
    const proxy = await startProxy(fill(url), more);
    const messages = [{ role: 'user', content: 'Hello!' }];
    const answer = await ask(`${proxy.url}/api/chat`, { model, messages });
    await proxy.close();
    expect(answer.status).toBe(status);
    expect(answer.lines).toEqual([{ error }]);
  });
});
