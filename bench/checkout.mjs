/** Builds of other commits, kept below the temporary folder. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(tmpdir(), 'ollama-openai-proxy-builds');

/**
 * The folder of a built checkout of `ref`, built by the first call for its commit. Its packages are hard links to the
 * installed ones where both have the same lock file, else they are installed.
 * @throws Error for a ref that git does not know, or a build that fails
 */
export function builtCheckout(ref) {
  const commit = run(ROOT, 'git', 'rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`).trim();
  const folder = join(CACHE, commit.slice(0, 12));
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    process.stderr.write(`building ${ref} (${commit.slice(0, 12)}) in ${folder}\n`);
    const archive = join(unfinished, 'source.tar');
    run(ROOT, 'git', 'archive', '--output', archive, commit);
    run(unfinished, 'tar', '-xf', archive);
    rmSync(archive);
    if (hasSameLock(unfinished)) run(ROOT, 'cp', '-al', join(ROOT, 'node_modules'), join(unfinished, 'node_modules'));
    else run(unfinished, 'npm', 'ci', '--no-audit', '--no-fund');
    run(unfinished, 'npm', 'run', 'build');
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

function hasSameLock(folder) {
  const lock = 'package-lock.json';
  return readFileSync(join(ROOT, lock), 'utf8') === readFileSync(join(folder, lock), 'utf8');
}

function run(cwd, command, ...args) {
  // npm gives its scripts the Node of the machine; the build takes the one of this run.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
