// Writes sbom.json: a bill of materials (CycloneDX) of what the image holds. `npm sbom --omit dev` alone leaves out
// production packages that development tools use too (rxjs, undici, yaml), so it is asked for everything, and the lock
// file shows what is for development only or optional.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { isShippedOptional } from './shipped-packages.mjs';

const FILE = 'sbom.json';
/** The list of everything is a few megabytes. */
const MAX_BUFFER = 64 * 1024 * 1024;

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const shipped = new Set(
  Object.entries(packages)
    .filter(
      ([path, { dev, optional, devOptional }]) =>
        path !== '' && !dev && ((!optional && !devOptional) || isShippedOptional(path)),
    )
    .map(([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`),
);
const all = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    encoding: 'utf8',
    maxBuffer: MAX_BUFFER,
  }),
);
const components = all.components.filter((component) => shipped.has(component['bom-ref']));
const listed = new Set(components.map((component) => component['bom-ref']));
const missing = [...shipped].filter((id) => !listed.has(id));
if (missing.length > 0) throw new Error(`npm sbom does not know ${missing.join(', ')}`);

const refs = new Set([all.metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])]);
const dependencies = all.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((on) => refs.has(on)) }));
writeFileSync(process.argv[2] ?? FILE, `${JSON.stringify({ ...all, components, dependencies }, null, 2)}\n`);
