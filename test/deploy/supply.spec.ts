import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';

const WORKFLOWS = '.github/workflows';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Workflow {
  readonly permissions: object;
  readonly concurrency: object;
  readonly jobs: Record<string, { readonly 'timeout-minutes': number; readonly steps: Step[]; permissions?: object }>;
}
interface Manifest {
  readonly name: string;
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

describe('the workflows', () => {
  const workflows = readdirSync(WORKFLOWS).map((file) => {
    const text = readFileSync(join(WORKFLOWS, file), 'utf8');
    const document = parseDocument(text, { strict: true, uniqueKeys: true });
    return { file, text, errors: document.errors, workflow: document.toJS() as Workflow };
  });
  const steps = workflows.flatMap(({ workflow }) => Object.values(workflow.jobs).flatMap((job) => job.steps));

  it('are valid YAML', () => {
    expect(workflows.map(({ file }) => file).sort()).toEqual(['ci.yml', 'image.yml', 'release.yml']);
    for (const { errors } of workflows) expect(errors).toEqual([]);
  });

  it('have read permission by default, a concurrency group and timeouts', () => {
    for (const { workflow } of workflows) {
      expect(workflow.permissions).toEqual({ contents: 'read' });
      expect(workflow.concurrency).toHaveProperty('group');
      for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    }
  });

  it('pin every action by its digest', () => {
    const lines = workflows.flatMap(({ text }) => text.split('\n')).filter((line) => line.includes('uses: '));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d/);
  });

  it('interpolate no untrusted text into shell commands', () => {
    for (const { run } of steps) if (run) expect(run).not.toContain('${{');
  });

  it('run scripts that exist', () => {
    const called = steps.flatMap(({ run }) =>
      [...(run ?? '').matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name]) => name!),
    );
    expect(called.length).toBeGreaterThan(7);
    for (const name of called) if (!['ci', 'publish'].includes(name)) expect(manifest.scripts).toHaveProperty(name);
  });

  it('publish for both architectures with bill of materials, provenance and signature', () => {
    const image = readFileSync(join(WORKFLOWS, 'image.yml'), 'utf8');
    for (const part of [
      'platforms: linux/amd64,linux/arm64',
      'sbom: true',
      'provenance: mode=max',
      'cosign sign --yes',
      'cosign verify-blob',
    ]) {
      expect(image).toContain(part);
    }
  });
});

describe('the bill of materials', () => {
  it('lists the production dependencies and no others', { timeout: 60_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
    const file = join(folder, 'sbom.json');
    const { stderr, status } = spawnSync(process.execPath, ['scripts/sbom.mjs', file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { bomFormat, components } = JSON.parse(readFileSync(file, 'utf8')) as {
      bomFormat: string;
      components: { name: string; version: string }[];
    };
    rmSync(folder, { recursive: true });
    expect(bomFormat).toBe('CycloneDX');
    const listed = new Map(components.map(({ name, version }) => [name, version]));
    for (const [name, version] of Object.entries(manifest.dependencies)) expect(listed.get(name)).toBe(version);
    for (const name of ['vitest', 'eslint', 'secretlint']) expect([...listed.keys()]).not.toContain(name);
  });
});

describe('the search for secrets', () => {
  const secretlint = resolve('node_modules/.bin/secretlint');

  it('finds none in the tree', { timeout: 60_000 }, () => {
    const { stdout, status } = spawnSync(secretlint, ['**/*'], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('finds one where there is one', { timeout: 60_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    try {
      writeFileSync(join(folder, '.secretlintrc.json'), readFileSync('.secretlintrc.json'));
      // In two parts, or it would be found here.
      writeFileSync(join(folder, 'leak.txt'), ['ghp', '0123456789abcdefABCDEF0123456789abcd'].join('_'));
      // The rules are found from the working directory, where the packages are.
      const { stdout, status } = spawnSync(
        secretlint,
        ['--secretlintrc', join(folder, '.secretlintrc.json'), '--no-gitignore', join(folder, 'leak.txt')],
        { encoding: 'utf8' },
      );
      expect(stdout).toContain('GITHUB_TOKEN');
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
