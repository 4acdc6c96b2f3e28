import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { FOLDER, PACKAGES } from './packages.js';

const INSTALL_MS = 300_000;

/** Installs the agents once for each set of versions. They take 1.5 GB, so they are no dependencies of the project. */
export default function install(): void {
  const manifest = JSON.stringify({ private: true, dependencies: PACKAGES });
  const done = `${FOLDER}/installed.json`;
  if (existsSync(done) && readFileSync(done, 'utf8') === manifest) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/package.json`, manifest);
  const npm = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: FOLDER,
    timeout: INSTALL_MS,
    encoding: 'utf8',
  });
  if (npm.status === 0) writeFileSync(done, manifest);
  else process.stderr.write(`the agents could not be installed: ${(npm.stderr || String(npm.error)).trim()}\n`);
}
