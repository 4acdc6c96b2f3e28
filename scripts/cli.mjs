#!/usr/bin/env node
// The command of the package. Older versions of Node stop at an import with a message that does not name the version.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [major, minor] = engines.node.match(/\d+/g).map(Number);
const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
  process.stderr.write(`ollama-openai-proxy needs Node ${engines.node}; this is ${process.version}.\n`);
  process.exit(1);
}
await import('../dist/apps/proxy/src/main.js');
