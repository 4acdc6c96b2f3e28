import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version in this project's package.json. */
export function packageVersion(): string {
  const file = findPackageJSON('..', import.meta.url);
  return file === undefined ? '' : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
