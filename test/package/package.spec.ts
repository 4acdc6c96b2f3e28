import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../apps/simulator/src/simulator.js';
import { ask, textOf, until } from '../support/ask.js';
import { freePort } from '../support/free-port.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'package-'));
const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
const simulator = createSimulator();
let upstream = '';
let command = '';

/** What packing reads. It is done in a copy, since it replaces package.json for a moment. */
const PARTS = [
  ...['apps', 'libs', 'scripts', 'dist', 'package.json', 'package-lock.json', 'nest-cli.json', 'tsconfig.json'],
  ...['README.md', 'LICENSE', '.env.example'],
];

/** The package as a user installs it: packed, and installed into an empty folder. */
beforeAll(async () => {
  upstream = await simulator.listen();
  for (const part of PARTS) cpSync(part, join(checkout, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(checkout, 'node_modules'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: checkout });
  const [tarball = ''] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  await run('npm', ['install', `./${tarball}`, '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
  command = join(folder, 'node_modules/ollama-openai-proxy/scripts/cli.mjs');
}, 300_000);

afterAll(async () => {
  for (const each of [folder, checkout]) rmSync(each, { recursive: true });
  await simulator.close();
});

/** Runs the command to its end, with nothing of this project in its environment. */
async function end(args: string[]): Promise<{ code: number; output: string }> {
  const options = { cwd: folder, env: { PATH: process.env.PATH } };
  try {
    const { stdout } = await run(process.execPath, [command, ...args], options);
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe('the package', () => {
  it('contains no sources, tests and development packages', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: folder });
    const names = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((path) => path.replace(/.*node_modules\//, ''));
    expect(names.sort()).toEqual(['ollama-openai-proxy', 'parseurl', 'yaml']);
    expect(readdirSync(join(folder, 'node_modules/ollama-openai-proxy')).sort()).toEqual([
      '.env.example',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
      'scripts',
    ]);
  });

  it('leaves the manifest of the repository as it was', () => {
    expect(readFileSync(join(checkout, 'package.json'), 'utf8')).toBe(readFileSync('package.json', 'utf8'));
    expect(readdirSync(checkout)).not.toContain('.package.json.saved');
  });

  it('shows version and help', async () => {
    expect(await end(['--version'])).toEqual({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
    expect((await end(['--help'])).output).toContain('--base-url');
  });

  it('checks a configuration', async () => {
    const works = await end(['--check', '--base-url', upstream]);
    expect(works.output).toMatch(
      /Upstream default: works, \d+ models \(GET http:\/\/127\.0\.0\.1:\d+\/v1\/models\)\nModels: \d+, for example /,
    );
    expect(works.code).toBe(0);
    const fails = await end(['--check', '--base-url', `http://127.0.0.1:${await freePort()}`]);
    expect(fails.output).toContain('/v1/models: the connection was refused');
    expect(fails.code).toBe(1);
  });

  it('serves all APIs, the page and the API documents', async () => {
    const port = String(await freePort());
    const args = ['--base-url', upstream, '--port', port, '--host', '127.0.0.1', '--log-level', 'error'];
    const proxy = spawn(process.execPath, [command, ...args], { cwd: folder, env: {}, stdio: 'inherit' });
    try {
      const url = `http://127.0.0.1:${port}`;
      let isUp = false;
      const poll = () =>
        ask(`${url}/api/version`).then(
          () => (isUp = true),
          () => undefined,
        );
      expect(await until(() => (void poll(), isUp), 20_000)).toBe(true);
      const messages = [{ role: 'user', content: 'Hello!' }];
      const { lines } = await ask(`${url}/api/chat`, { model: 'sim-chat', messages });
      expect(textOf(lines)).not.toBe('');
      expect(lines.at(-1)?.done).toBe(true);
      const pages = [
        '/docs',
        '/docs/swagger-ui-bundle.js',
        '/redoc',
        '/redoc/redoc.standalone.js',
        '/openapi.yaml',
        '/metrics',
        '/ui/page.js',
        '/ui/marked.js',
        '/ui/purify.js',
      ];
      for (const path of pages) expect([path, (await ask(url + path)).status]).toEqual([path, 200]);
      const page = await ask(url, undefined, { headers: { accept: 'text/html' } });
      expect(page.text).toContain('<html');
    } finally {
      proxy.kill();
    }
  });
});
