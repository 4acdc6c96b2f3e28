// Installs and builds what is missing, so that `npm start` and `npm test` work on a fresh clone.
// Runs before anything is installed: built-in modules only, and Node 20 must do.
//   node scripts/ensure.mjs               install and build if needed
//   node scripts/ensure.mjs begin | end   around a build: empty dist, and note what was built
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (...path) => join(root, ...path);
const readJson = (...path) => JSON.parse(readFileSync(inRoot(...path), 'utf8'));

const LOCK = inRoot('.ensure.lock');
const STAMP = inRoot('dist', '.built-from');
const STAMP_OF_RUNNING_BUILD = inRoot('dist', '.building-from');
const BUILT_FROM = [
  'apps',
  'libs',
  'tsconfig.json',
  'nest-cli.json',
  'package.json',
  'package-lock.json',
  'scripts/bundle.mjs',
];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export async function ensure() {
  if (!isInstalled()) await alone(isInstalled, install);
  if (!isBuilt()) await alone(isBuilt, build);
}

/** npm notes in node_modules what it installed: from this, without the network, follows whether the installation is complete. */
function isInstalled() {
  try {
    const wanted = readJson('package-lock.json').packages;
    const found = readJson('node_modules', '.package-lock.json').packages;
    return Object.entries(wanted).every(
      ([path, { version, optional }]) => path === '' || optional || found[path]?.version === version,
    );
  } catch {
    return false;
  }
}

function isBuilt() {
  try {
    return readFileSync(STAMP, 'utf8') === fingerprint();
  } catch {
    return false;
  }
}

async function install() {
  process.stderr.write('Installing the locked dependencies ...\n');
  // Not by the Node in node_modules: `npm ci` begins by deleting it.
  const paths = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((path) => !path.endsWith(join('node_modules', '.bin')));
  const development = process.env.NODE_ENV === 'production' ? ['--include=dev'] : [];
  const env = { ...process.env, PATH: paths.join(delimiter) };
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error', ...development], env);
}

async function build() {
  process.stderr.write('Building ...\n');
  await npm(['run', '--silent', 'build'], process.env);
}

/** Contents, not times: these survive a checkout, a copy and a restored backup. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of BUILT_FROM.flatMap(filesOf))
    hash
      .update(`${file}\0`)
      .update(readFileSync(inRoot(file)))
      .update('\0');
  return hash.digest('hex');
}

function filesOf(path) {
  if (!BUILT_FROM.includes(path) || path.includes('.')) return [path];
  const entries = readdirSync(inRoot(path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length))
    .sort();
}

/** `npm start` and `npm test` may run at the same time; only one of them installs or builds, the other waits. */
async function alone(isDone, work) {
  while (!takeLock()) await sleep(200);
  const release = () => rmSync(LOCK, { force: true });
  process.once('exit', release);
  if (!isDone()) await work();
  process.off('exit', release);
  release();
}

function takeLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeLockOfTheDead();
    return false;
  }
}

function removeLockOfTheDead() {
  try {
    process.kill(Number(readFileSync(LOCK, 'utf8')), 0);
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(LOCK, { force: true });
  }
}

async function npm(args, env) {
  const status = await run('npm', args, { env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (status === 0) return;
  process.stderr.write(`\`npm ${args.join(' ')}\` failed.\n`);
  process.exit(status);
}

/** Runs a command and returns its exit status; a signal to this process goes to the command. */
export async function run(command, args, options) {
  const child = spawn(command, args, { cwd: root, ...options });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
  for (const signal of SIGNALS) process.off(signal, forward);
  return status;
}

/** The repository's own Node, or else this one, if it is new enough. */
export function findNode() {
  const wanted = readJson('package.json').engines.node;
  const found = [inRoot('node_modules', '.bin', 'node'), process.execPath].find((node) => {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '';
    return isAtLeast(version, wanted);
  });
  if (found) return found;
  process.stderr.write(
    `This needs Node ${wanted}, but this is ${process.version}, and there is no npm package of Node for ` +
      `${process.platform}-${process.arch} in node_modules. Please install a newer Node.\n`,
  );
  return process.exit(1);
}

function isAtLeast(version, wanted) {
  const [[major = 0, minor = 0], [wantedMajor, wantedMinor]] = [version, wanted].map(
    (text) => text.match(/\d+/g)?.map(Number) ?? [],
  );
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const command = process.argv[2];
  if (command === 'begin') {
    rmSync(inRoot('dist'), { recursive: true, force: true });
    mkdirSync(inRoot('dist'));
    writeFileSync(STAMP_OF_RUNNING_BUILD, fingerprint());
  } else if (command === 'end') {
    renameSync(STAMP_OF_RUNNING_BUILD, STAMP);
  } else {
    await ensure();
  }
}
