/** The machine on which the figures were measured. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { PRODUCTION_FLAGS } from './processes.mjs';

export function machine() {
  const processors = cpus();
  const facts = {
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    flags: PRODUCTION_FLAGS.join(' '),
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' and changes'),
  };
  const text = `${facts.date}  node ${facts.node} ${facts.flags}  ${facts.cores} × ${facts.processor}  Linux ${facts.kernel}  commit ${facts.commit}`;
  return { facts, text };
}

/** "" outside a git checkout. */
function git(...args) {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}
