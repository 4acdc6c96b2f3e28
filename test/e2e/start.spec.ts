import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, textOf, until } from '../support/ask.js';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

function start(command: string[], environment: Record<string, string>) {
  const { OPENAI_API_BASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, command, {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, exit, output: () => output };
}

describe('npm start without an upstream', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'runs proxy and simulator, prints a notice, and ends with %s',
    { timeout: 120_000 },
    async (signal) => {
      const port = await freePort();
      const { child, exit, output } = start(['scripts/start.mjs'], { PROXY_PORT: String(port), LOG_LEVEL: 'ERROR' });
      expect(await until(() => output().includes('curl '), 110_000), output()).toBe(true);
      expect(output()).toMatch(/simulator/i);
      for (const host of ['127.0.0.1', '[::1]']) {
        const { lines } = await ask(`http://${host}:${String(port)}/api/chat`, {
          model: 'sim-chat',
          messages: [{ role: 'user', content: 'Hello!' }],
        });
        expect(textOf(lines)).toMatch(/./);
        expect(lines.at(-1)?.done).toBe(true);
      }
      child.kill(signal);
      expect(await exit).toBe(0);
      await expect(ask(`http://127.0.0.1:${String(port)}/`)).rejects.toThrow();
    },
  );
});

describe('Ctrl-C during an answer', () => {
  it('lets the answer finish', { timeout: 120_000 }, async () => {
    const port = await freePort();
    const { OPENAI_API_BASE_URL: _, ...inherited } = process.env;
    const environment = { ...inherited, PROXY_PORT: String(port), LOG_LEVEL: 'ERROR' };
    // A group of its own, signalled as a terminal does it.
    const child = spawn(process.execPath, ['scripts/start.mjs'], { env: environment, stdio: 'ignore', detached: true });
    const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    const url = `http://127.0.0.1:${String(port)}/api/chat`;
    const isUp = () =>
      ask(url.replace('chat', 'version')).then(
        () => true,
        () => false,
      );
    for (let tries = 0; tries < 400 && !(await isUp()); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = ask(url, {
      model: 'sim-chat',
      messages: [{ role: 'user', content: '@sim {"tokens":60,"tokenDelayMs":20}\nx' }],
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    process.kill(-child.pid!, 'SIGINT');
    expect((await answer).lines.at(-1)).toMatchObject({ done: true });
    expect(await exit).toBe(0);
  });
});

describe('npm start', () => {
  it('ends with npm, although its shell passes no signal on', { timeout: 120_000 }, async () => {
    const port = String(await freePort());
    // The names of other programs, and a value with the quotes that `docker --env-file` keeps.
    const environment = { PORT: port, OPENAI_BASE_URL: '"http://127.0.0.1:9/v1"', LOG_LEVEL: 'INFO', WORKER: '2' };
    const { OPENAI_API_BASE_URL: _, ...inherited } = process.env;
    const npm = spawn('npm', ['start'], {
      env: { ...inherited, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    npm.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect(await until(() => output.includes('listening on'), 110_000), output).toBe(true);
    expect(output).toContain('WORKER is not read; did you mean WORKERS?');
    expect(output).toContain('upstreams: default (127.0.0.1:9)');
    npm.kill('SIGTERM');
    const isGone = () =>
      ask(`http://127.0.0.1:${port}/api/version`).then(
        () => false,
        () => true,
      );
    await expect.poll(isGone, { timeout: 10_000 }).toBe(true);
  });
});

describe('a production start', () => {
  it('without an upstream prints every mistake and never starts the simulator', async () => {
    const { exit, output } = start(['dist/apps/proxy/src/main.js'], { PROXY_PORT: 'x', LOG_LEVEL: 'loud' });
    expect(await exit).toBe(1);
    for (const name of ['OPENAI_API_BASE_URL', 'PROXY_PORT', 'LOG_LEVEL']) expect(output()).toContain(name);
  });
});
