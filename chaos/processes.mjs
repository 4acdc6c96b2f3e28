/** The processes of a run, each killed at its end however it ends: the proxy as built, simulators, Redis. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { rssBytes } from '../bench/proc.mjs';
import { freePort, PRODUCTION_FLAGS, scratch } from '../bench/processes.mjs';

export const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const PROXY = `${DIST}/apps/proxy/src/main.js`;
const SIMULATOR = `${DIST}/apps/simulator/src/main.js`;

/** A busy machine starts a process slowly. */
const START_LIMIT_MS = 90_000;

/** What is kept of a process's log. */
const MOST_OUTPUT = 4_000_000;

const children = new Set();

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** A child with `out` and `err`, and `ended`, a promise of how it ended. Its directory is empty, so that it reads no `.env`. */
function start(command, args, env = {}) {
  const child = spawn(command, args, { cwd: scratch, env: { PATH: process.env.PATH, ...env } });
  children.add(child);
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ]) {
    child[name] = '';
    stream.setEncoding('utf8').on('data', (text) => (child[name] = (child[name] + text).slice(-MOST_OUTPUT)));
  }
  child.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  void child.ended.then(() => children.delete(child));
  return child;
}

/** @returns the child, with `url` and `port` too */
export async function startProxy(environment, flags = []) {
  if (!existsSync(PROXY)) throw new Error('the proxy is not built: run `npm run build`');
  const port = await freePort();
  const child = start(process.execPath, [...PRODUCTION_FLAGS, ...flags, PROXY], {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PROXY_PORT: String(port),
    LOG_LEVEL: 'ERROR',
    ...environment,
  });
  await listening(port, child);
  return Object.assign(child, { port, url: `http://127.0.0.1:${port}` });
}

export async function startSimulator(port, environment) {
  // Characters of several bytes, which pieces of a stream may cut.
  const variables = { SIMULATOR_PORT: String(port), SIMULATOR_LANGUAGE: 'mixed', ...environment };
  const child = start(process.execPath, [SIMULATOR], variables);
  await listening(port, child);
  return child;
}

/** Why Redis takes no part; undefined when it does. */
export function whyNoRedis() {
  return spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'no redis-server on this machine';
}

export class Redis {
  static async start() {
    const redis = new Redis();
    redis.port = await freePort();
    redis.url = `redis://127.0.0.1:${redis.port}`;
    await redis.up();
    return redis;
  }

  async up() {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.process = start('redis-server', options);
    await listening(this.port, this.process);
  }

  async down() {
    this.process.kill('SIGKILL');
    await this.process.ended;
  }
}

async function listening(port, child) {
  const limit = performance.now() + START_LIMIT_MS;
  while (performance.now() < limit && child.exitCode === null) {
    const isUp = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isUp) return;
    await sleep(20);
  }
  throw new Error(`${child.spawnargs.at(-1)} does not listen: ${child.err || child.out}`);
}

/** Resident memory in MB and open files of a process. */
export function measure(pid) {
  return { rss: rssBytes([pid]) / 1024 / 1024, files: readdirSync(`/proc/${pid}/fd`).length };
}

/** Lines of the proxy's log that no fault of an upstream or a client explains. */
function complaintsOf(proxy) {
  const suspicious = /unhandled|uncaught|MaxListeners|"err":|out of memory/i;
  const inspector = /^Debugger |^For help, see/;
  const err = proxy.err.split('\n').filter((line) => !inspector.test(line));
  return [...err, ...proxy.out.split('\n').filter((line) => suspicious.test(line))].filter(Boolean);
}

/** The claims of every run about the process itself. */
export function checkProcess(checks, proxy) {
  const complaints = complaintsOf(proxy);
  checks.check('the proxy lives', proxy.exitCode === null && proxy.signalCode === null, `code ${proxy.exitCode}`);
  checks.check('its log has no fault of its own', complaints.length === 0, complaints.slice(0, 3).join(' | '));
}
