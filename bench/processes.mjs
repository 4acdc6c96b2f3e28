/** The server processes of a run; all are killed when the run ends for any reason. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { listenersOn } from './proc.mjs';

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5000;

/** The flags of the production image. */
export const PRODUCTION_FLAGS = [
  '--max-semi-space-size=8',
  '--initial-old-space-size=64',
  '--external-memory-accounted-in-global-limit',
  '--wasm-tiering-budget=130000000',
];

/** The part of its environment that matters here. */
const PRODUCTION_ENVIRONMENT = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '1048576' };

/** The checkout that this file belongs to. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Scratch space of this run: logs, profiles, nginx's files. Deleted at the end. */
export const scratch = mkdtempSync(join(tmpdir(), 'bench-'));

const running = new Set();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => process.exit(code));
}

/** @returns a handle with `pid`, `origin` and `stop()` */
export function startUpstream({ models = 2, port = 0 } = {}) {
  return startHelper('upstream.mjs', ['--models', String(models), '--port', String(port)]);
}

export function startPipe(upstream) {
  return startHelper('pipe.mjs', ['--to', upstream.origin]);
}

/** The proxy as built in `root`, with production flags, in an empty directory so that no `.env` reaches it. */
export async function startProxy(
  upstream,
  { root = ROOT, logs = false, flags = [], workers = 1, environment = {} } = {},
) {
  const entry = join(root, 'dist/apps/proxy/src/main.js');
  if (!existsSync(entry)) throw new Error(`${entry} does not exist: run \`npm run build\` first`);
  const port = await freePort();
  const child = watch(
    spawn(process.execPath, [...PRODUCTION_FLAGS, ...flags, entry], {
      cwd: scratch,
      env: {
        PATH: process.env.PATH,
        ...PRODUCTION_ENVIRONMENT,
        OPENAI_API_BASE_URL: `${upstream.origin}/v1`,
        HOST: '127.0.0.1',
        PROXY_PORT: String(port),
        ...(!logs && { LOG_LEVEL: 'ERROR' }),
        ...(workers > 1 && { WORKERS: String(workers) }),
        ...environment,
      },
      stdio: ['ignore', openSync(join(scratch, 'proxy.log'), 'a'), 'pipe'],
    }),
  );
  const handle = toHandle(child, port);
  await untilAnswers(handle, '/api/version');
  // The first worker starts alone. The primary has the socket, too.
  while (workers > 1 && listenersOn(port).length <= workers) await sleep(50);
  return handle;
}

/** Two processes that share nothing, with half of the connections each. */
export async function startPair(upstream, options) {
  const both = [await startProxy(upstream, options), await startProxy(upstream, options)];
  return {
    pids: both.map(({ pid }) => pid),
    origins: both.map(({ origin }) => origin),
    stop: () => Promise.all(both.map((each) => each.stop())),
  };
}

/** Runs a program that listens on `port` and waits for its first response to GET `path`, of any status. */
export async function startProgram(command, args, port, path) {
  const handle = toHandle(watch(spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })), port);
  await untilAnswers(handle, path, (status) => status > 0);
  return handle;
}

/** Milliseconds that `node -e 0` takes. */
export async function timeBareNode(environment = {}) {
  const start = performance.now();
  const child = watch(
    spawn(process.execPath, ['-e', '0'], { env: { PATH: process.env.PATH, ...environment }, stdio: 'ignore' }),
  );
  await new Promise((resolve) => child.once('exit', resolve));
  return performance.now() - start;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startHelper(file, args) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = watch(spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }));
  const port = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message.port));
    child.once('exit', () => reject(gone(child)));
  });
  return toHandle(child, port);
}

function toHandle(child, port) {
  return { pid: child.pid, origin: `http://127.0.0.1:${port}`, child, stop: () => stop(child) };
}

function watch(child) {
  running.add(child);
  child.complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    child.complaint = (child.complaint + text).slice(-2000);
  });
  child.once('error', (error) => {
    child.complaint ||= error.message;
    running.delete(child);
  });
  child.once('exit', () => {
    // Every figure after the unexpected end of a server would be wrong.
    if (running.delete(child) && child.exitCode) process.stderr.write(`${gone(child).message}\n`);
  });
  return child;
}

/** SIGTERM first, so that a profile can be written, then SIGKILL. */
async function stop(child) {
  if (!running.has(child)) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  running.delete(child);
  if (child.connected) child.disconnect();
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(limit);
}

async function untilAnswers({ origin, child }, path, accepts = (status) => status === 200) {
  const limit = performance.now() + START_LIMIT_MS;
  while (performance.now() < limit) {
    if (!running.has(child)) throw gone(child);
    if (accepts(await statusOf(origin + path))) return;
    await sleep(3);
  }
  throw new Error(`no answer from ${path} within ${START_LIMIT_MS} ms: ${child.complaint}`);
}

/** The status of a GET; 0 while nothing listens. Never rejects. */
function statusOf(url) {
  return new Promise((resolve) => {
    const call = request(url, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.once('error', () => resolve(0));
    call.once('timeout', () => call.destroy());
    call.end();
  });
}

function gone(child) {
  return new Error(`${child.spawnargs.at(-1)} ended early: ${child.complaint || `code ${child.exitCode}`}`);
}
