import { spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import { findProgram } from './programs.js';

/** A Kubernetes object as it stands in a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Record<string, string>;
    readonly labels?: Record<string, string>;
  };
  // Of any kind: each test knows what it asks for.
  /* eslint-disable @typescript-eslint/no-explicit-any */
  readonly spec?: any;
  readonly data?: any;
  /* eslint-enable @typescript-eslint/no-explicit-any */
}

export const BASE = 'deploy/kubernetes/base';
export const OVERLAYS = ['single-upstream', 'multi-upstream-redis', 'monitoring'].map(
  (name) => `deploy/kubernetes/overlays/${name}`,
);

/** The program and the arguments that build a folder, or why there is none. Older ones than 5 know no components. */
function findBuilder(): { readonly command?: readonly [string, ...string[]]; readonly missing?: string } {
  const kustomize = spawnSync('kustomize', ['version'], { encoding: 'utf8' });
  if (kustomize.status === 0 && kustomize.stdout.includes('v5.')) return { command: ['kustomize', 'build'] };
  const { command, missing } = findProgram('kubectl', (program) => {
    const { status, stdout } = spawnSync(program, ['version', '--client'], { encoding: 'utf8' });
    return status === 0 && stdout.includes('Kustomize Version: v5.');
  });
  return command ? { command: [command, 'kustomize'] } : { ...(missing && { missing }) };
}

export const builder = findBuilder();

const built = new Map<string, readonly Manifest[]>();

/** Everything that applying this folder would create. */
export function build(folder: string): readonly Manifest[] {
  const known = built.get(folder);
  if (known) return known;
  const [program, ...args] = builder.command!;
  const { status, stdout, stderr } = spawnSync(program, [...args, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${folder}: ${stderr}`);
  const manifests = parseAllDocuments(stdout).map((document) => document.toJSON() as Manifest);
  built.set(folder, manifests);
  return manifests;
}

/** The only object of this kind and name. */
export function pick(manifests: readonly Manifest[], kind: string, name: string | RegExp): Manifest {
  const found = manifests.filter(
    ({ kind: is, metadata }) =>
      is === kind && (typeof name === 'string' ? metadata.name === name : name.test(metadata.name)),
  );
  if (found.length !== 1) throw new Error(`${String(found.length)} objects ${kind} ${String(name)}`);
  return found[0]!;
}
