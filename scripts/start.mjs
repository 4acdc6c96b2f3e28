// `npm start`: installs and builds if needed, then runs the proxy; without an upstream, the simulator as well.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { ensure, findNode, root } from './ensure.mjs';

await ensure();
const node = findNode();
// Imported here because the build makes them. The first declares the variables.
await import('../dist/libs/config/src/environment.js');
const { overlay, readVariables } = await import('../dist/libs/config/src/given-variables.js');
const settings = readVariables(overlay(process.env, readDotEnv())).values;
const port = settings.PROXY_PORT || '11434';
const host = settings.HOST || 'localhost';
await requireFreePort();

const simulator = isUpstreamConfigured() ? undefined : await startSimulator();
// A process of a group of its own would outlive this one if that is killed: the closed channel signals it.
const endWithParent = "data:text/javascript,process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))";
const proxyArgs = ['--max-semi-space-size=8', '--import', endWithParent, join(root, 'dist/apps/proxy/src/main.js')];
const proxy = spawn(node, proxyArgs, {
  cwd: root,
  // A terminal signals its whole group: the children are to hear of it once, from here, and in order.
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  env: {
    // The second start finds its code compiled.
    NODE_COMPILE_CACHE: join(root, 'dist', '.compile-cache'),
    ...process.env,
    // A program on this machine may make models, and finds them again after a restart.
    MODEL_STORE: settings.MODEL_STORE || 'file',
    ...(simulator && { OPENAI_API_BASE_URL: simulator.url }),
  },
});

let stopping = false;
let signalledAt = -Infinity;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
stopWithShell();
simulator?.process.once('exit', () => {
  if (stopping) return;
  process.stderr.write('The simulator has ended, so the proxy ends too.\n');
  proxy.kill();
});
proxy.once('exit', (code, signal) => {
  const status = code ?? (stopping ? 0 : 1);
  if (!stopping && signal) process.stderr.write(`The proxy was ended by ${signal}.\n`);
  stopping = true;
  if (!simulator || simulator.process.exitCode !== null) process.exit(status);
  simulator.process.once('exit', () => process.exit(status));
  simulator.process.kill();
});
if (simulator) await announceSimulator();

function stop(signal) {
  // One Ctrl-C comes twice, from the terminal and from npm; the proxy would take the second for impatience.
  if (performance.now() - signalledAt < 500) return;
  signalledAt = performance.now();
  stopping = true;
  proxy.kill(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
}

/** npm runs a script in a shell and signals only that. Its end shows as another parent; Windows keeps the number. */
function stopWithShell() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    stop('SIGTERM');
  }, 200);
  timer.unref();
}

function readDotEnv() {
  try {
    return parseEnv(readFileSync(join(root, '.env'), 'utf8'));
  } catch {
    return {};
  }
}

function isUpstreamConfigured() {
  return Boolean(settings.OPENAI_API_BASE_URL || settings.UPSTREAMS) || isUpstreamInMappingFile();
}

/** The file may also hold nothing but names of models; then there is still no upstream. */
function isUpstreamInMappingFile() {
  try {
    return /(^|[{,\s])["']?upstreams["']?\s*:/.test(readFileSync(resolve(root, settings.MODEL_MAPPING_FILE), 'utf8'));
  } catch {
    return false;
  }
}

/** An Ollama that already runs is the likely tenant of the port, and must not be taken for the proxy. */
async function requireFreePort() {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return; // the proxy reports the mistake
  for (const address of host === 'localhost' ? ['127.0.0.1', '::1'] : [host]) {
    const code = await new Promise((resolve) => {
      const probe = createServer();
      probe.once('error', (error) => resolve(error.code));
      probe.listen(Number(port), address, () => probe.close(() => resolve(undefined)));
    });
    if (code !== 'EADDRINUSE') continue;
    process.stderr.write(
      `Port ${port} of ${address} is taken; is Ollama running? Stop that program, or choose another port:\n\n` +
        `    PROXY_PORT=${Number(port) + 1} npm start\n\n`,
    );
    process.exit(1);
  }
}

/** The channel is its lifeline: when this process goes, however it goes, the simulator ends. */
async function startSimulator() {
  const child = spawn(node, [join(root, 'dist/apps/simulator/src/main.js')], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...settings, SIMULATOR_PORT: '0', SIMULATOR_HOST: '127.0.0.1' },
  });
  const url = await new Promise((resolve) => {
    child.once('message', (message) => resolve(message.url));
    child.once('exit', () => process.exit(1));
  });
  child.removeAllListeners('exit');
  return { process: child, url };
}

async function announceSimulator() {
  const address = `http://${reachableHost()}:${port}`;
  while (!(await answers(`${address}/api/version`))) {
    if (stopping) return;
    await sleep(100);
  }
  const lines = [
    'NO UPSTREAM CONFIGURED — running the built-in SIMULATOR',
    '',
    'Every answer is made up by a program: no language model is involved.',
    'To use a real upstream, stop this and set OPENAI_API_BASE_URL (and, if',
    'it wants a key, OPENAI_API_KEY), in the environment or in a file .env:',
    '',
    '  OPENAI_API_BASE_URL=https://api.openai.com/v1 npm start',
  ];
  const width = Math.max(...lines.map((line) => line.length));
  const bar = '═'.repeat(width + 4);
  const box = [`╔${bar}╗`, ...lines.map((line) => `║  ${line.padEnd(width)}  ║`), `╚${bar}╝`];
  const body = '{"model":"sim-chat","messages":[{"role":"user","content":"Hello!"}]}';
  process.stdout.write(`\n${box.join('\n')}\n\nTry it:\n\ncurl ${address}/api/chat -d '${body}'\n\n`);
}

function reachableHost() {
  if (['0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
