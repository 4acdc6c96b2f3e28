import { spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './kustomize.js';
import { findProgram } from './programs.js';

export const CHART = 'deploy/helm';

/** Helm 3 is enough; the chart uses nothing newer. */
export const helm = findProgram('helm', (command) => {
  const { status, stdout } = spawnSync(command, ['version', '--short'], { encoding: 'utf8' });
  return status === 0 && /^v[34]\./.test(stdout);
});

export function runHelm(...args: string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(helm.command!, args, { encoding: 'utf8' });
}

const rendered = new Map<string, readonly Manifest[]>();

/** Everything that an installation named llmproxy in the namespace llmproxy would create. */
export function renderChart(...flags: string[]): readonly Manifest[] {
  const known = rendered.get(flags.join('\n'));
  if (known) return known;
  const { status, stdout, stderr } = runHelm('template', 'llmproxy', CHART, '--namespace', 'llmproxy', ...flags);
  if (status !== 0) throw new Error(stderr);
  const manifests = parseAllDocuments(stdout)
    .map((document) => document.toJSON() as Manifest | null)
    .filter((manifest) => manifest !== null);
  rendered.set(flags.join('\n'), manifests);
  return manifests;
}
