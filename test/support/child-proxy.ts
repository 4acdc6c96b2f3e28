import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { Agent } from 'undici';
import { onTestFinished } from 'vitest';
import { ask } from './ask.js';
import { freePort } from './free-port.js';

export interface ChildProxy {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Its exit code; null for one that was killed. */
  readonly exit: Promise<number | null>;
  readonly output: () => string;
}

/** The built proxy as a process of its own, in front of an upstream, on a free port unless one is set; ended with its test. */
export async function startChild(
  upstream: string,
  environment: Record<string, string> = {},
  nodeArguments: readonly string[] = [],
): Promise<ChildProxy> {
  const port = Number(environment.PROXY_PORT) || (await freePort());
  const child = spawn(process.execPath, [...nodeArguments, 'dist/apps/proxy/src/main.js'], {
    env: {
      ...process.env,
      OPENAI_API_BASE_URL: upstream,
      HOST: '127.0.0.1',
      PROXY_PORT: String(port),
      LOG_LEVEL: 'ERROR',
      MAX_RETRIES: '0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = `http://127.0.0.1:${port}`;
  // A connection of its own, gone before the test begins.
  const dispatcher = new Agent();
  let isUp = false;
  for (let tries = 0; tries < 400 && !isUp && child.exitCode === null; tries += 1) {
    isUp = await ask(`${url}/api/tags`, undefined, { dispatcher }).then(
      () => true,
      () => false,
    );
    if (!isUp) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await dispatcher.close();
  // The other side hears of it a moment later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  if (!isUp) throw new Error(`the proxy did not start: ${output}`);
  return { url, port, child, exit, output: () => output };
}
