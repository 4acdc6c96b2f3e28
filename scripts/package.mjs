// `npm pack` and `npm publish`: the package is the bundle, which contains most dependencies. Around the packing,
// package.json is replaced by one without what only the repository needs.
//   node scripts/package.mjs begin | end   (prepack, postpack)
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';

const MANIFEST = join(root, 'package.json');
const SAVED = join(root, '.package.json.saved');
const KEPT = ['name', 'version', 'description', 'keywords', 'license', 'type', 'engines', 'bin', 'files'];
/** Packages that the bundle loads from node_modules (`external` of bundle.mjs, and `createRequire`). */
const DEPENDENCIES = ['parseurl', 'yaml'];
/** Those that it does without: 20 MB, which a user installs for WebP images on upstreams that cannot read them. */
const OPTIONAL = ['sharp'];

if (process.argv[2] === 'begin') {
  // A packing that was interrupted left the short manifest behind.
  if (existsSync(SAVED)) renameSync(SAVED, MANIFEST);
  await ensure();
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const short = Object.fromEntries(KEPT.map((field) => [field, manifest[field]]));
  const versionOf = (name) =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  short.dependencies = Object.fromEntries(DEPENDENCIES.map((name) => [name, versionOf(name)]));
  short.peerDependencies = Object.fromEntries(OPTIONAL.map((name) => [name, manifest.optionalDependencies[name]]));
  short.peerDependenciesMeta = Object.fromEntries(OPTIONAL.map((name) => [name, { optional: true }]));
  copyFileSync(MANIFEST, SAVED);
  writeFileSync(MANIFEST, `${JSON.stringify(short, undefined, 2)}\n`);
} else {
  renameSync(SAVED, MANIFEST);
}
