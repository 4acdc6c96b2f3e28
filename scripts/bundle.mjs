// The last step of a build: the compiled proxy and its packages become a few files in the place of 1,700. Only what a
// start needs is in the first of them (docs/decisions/2026-11-24-start-up.md). Names stay as they are, and a comment
// `// its/path.js` stands before each module, so that stack traces, profiles and the tests can attribute code.
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './ensure.mjs';

const BUILT = join(root, 'dist/apps/proxy/src');
const BUNDLE = join(root, 'dist/bundle');
const inPackages = (path) => join(root, 'node_modules', path);

/** Nest requires these on demand; they are unused here, or passed in. */
const NOT_OF_NEST =
  /^(@nestjs\/(microservices|websockets|platform-express)|class-validator|class-transformer|file-type)\b/;
const leaveOut = {
  name: 'leave-out',
  resolveId: (id, importer) =>
    /@nestjs\/(core|common)\//.test(importer ?? '') && NOT_OF_NEST.test(id) ? { id, external: true } : undefined,
};

/** What packages load at once although the proxy never comes to it, and what stands there instead. */
const REPLACED = [
  // Of undici the agents alone: not its own fetch, caches, mocks and sockets. A tunnel through a proxy needs `connect`, which
  // its index adds to every dispatcher.
  [
    /undici\/index\.js$/,
    `import Dispatcher from ${JSON.stringify(inPackages('undici/lib/dispatcher/dispatcher.js'))};
     import connect from ${JSON.stringify(inPackages('undici/lib/api/api-connect.js'))};
     Dispatcher.prototype.connect = connect;
     export { default as Pool } from ${JSON.stringify(inPackages('undici/lib/dispatcher/pool.js'))};
     export { default as EnvHttpProxyAgent } from ${JSON.stringify(inPackages('undici/lib/dispatcher/env-http-proxy-agent.js'))}`,
  ],
  // Calls use HTTP/1.1 (allowH2), and its experimental parser is off.
  [/undici\/lib\/dispatcher\/client-h2\.js$/, 'module.exports = undefined'],
  [/undici\/lib\/milo\/(no-)?simd\.js$/, 'module.exports = undefined'],
  // Express's parsers of bodies and of nested queries are off.
  [/node_modules\/(body-parser|qs)\//, 'module.exports = {}'],
  // Express looks up the types of what the proxy sends alone.
  [/mime-db\/db\.json$/, mediaTypes(['html', 'css', 'js', 'json', 'txt'])],
  // axios has our adapter.
  [/axios\/lib\/adapters\/(http|xhr|fetch)\.js$/, 'export default undefined; export const getFetch = undefined'],
  [/axios\/lib\/platform\/node\/classes\/FormData\.js$/, 'export default undefined'],
  // A look at the global FormData loads Node's own fetch, 3 MB.
  [
    /axios\/lib\/utils\.js$/,
    readFileSync(inPackages('axios/lib/utils.js'), 'utf8').replaceAll('G.FormData', 'undefined'),
  ],
];
const replace = {
  name: 'replace',
  load: (id) => REPLACED.find(([path]) => path.test(id))?.[1],
};

/** The entries of mime-db for some file extensions. */
function mediaTypes(extensions) {
  const types = Object.entries(JSON.parse(readFileSync(inPackages('mime-db/db.json'), 'utf8')));
  const isWanted = ([, { extensions: own = [] }]) => own.some((each) => extensions.includes(each));
  return JSON.stringify(Object.fromEntries(types.filter(isWanted)));
}

/** One character beyond Latin-1 makes V8 hold a whole file in two bytes for each character. */
const inAscii = (code) =>
  code.replaceAll(/[^\0-\x7f]/g, (unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** An import of a built-in module calls the getters of all of its exports, and one of node:http loads Node's own fetch. */
const withoutFacades = (code) =>
  code.replaceAll(/^import (?:([\w$]+)(?:, )?)?(?:\{(.*)\}|\* as ([\w$]+))? from "(.*)";$/gm, (line, ...parts) => {
    const [whole, names, namespace, id] = parts;
    if (!isBuiltin(id)) return line;
    const patterns = [whole, names && `{${names.replaceAll(' as ', ': ')}}`, namespace].filter(Boolean);
    return patterns.map((pattern) => `const ${pattern} = process.getBuiltinModule("${id}");`).join(' ');
  });

const bundle = await rolldown({
  input: join(BUILT, 'main.js'),
  cwd: root,
  platform: 'node',
  // What @nestjs/swagger looks for and need not find; what Node warns of wherever it is not below node_modules; and an
  // optional package with a library for each platform.
  external: ['class-transformer/storage', '@fastify/static', 'parseurl', 'sharp'],
  onLog(level, { message }) {
    throw new Error(`${level}: ${message}`);
  },
  // ES modules where there is a choice: what is not used of them can be left out.
  resolve: {
    mainFields: ['module', 'main'],
    alias: {
      'rxjs/operators': inPackages('rxjs/dist/esm/operators/index.js'),
      rxjs: inPackages('rxjs/dist/esm/index.js'),
    },
  },
  // Uploads are streams here; the package that reads forms comes with Nest's adapter.
  treeshake: { moduleSideEffects: [{ test: /platform-express\/multer\//, sideEffects: false }] },
  plugins: [leaveOut, replace],
  experimental: { attachDebugInfo: 'simple' },
});
await bundle.write({
  dir: BUNDLE,
  chunkFileNames: '[name].js',
  comments: { legal: true, annotation: false, jsdoc: false },
});
// Not in a hook for chunks: rolldown prints them again after it.
for (const file of readdirSync(BUNDLE)) {
  const path = join(BUNDLE, file);
  const code = inAscii(withoutFacades(readFileSync(path, 'utf8')));
  if (/^import .* from "node:/m.test(code)) throw new Error(`${file} imports a built-in module`);
  writeFileSync(path, code);
}
cpSync(join(BUILT, 'page/static'), join(BUNDLE, 'static'), { recursive: true });
// What the page loads from packages (page-files.ts).
cpSync(inPackages('marked/lib/marked.esm.js'), join(BUNDLE, 'static/marked.js'));
cpSync(inPackages('dompurify/dist/purify.es.mjs'), join(BUNDLE, 'static/purify.js'));
// What the API documents load at run time, so that the result needs no package for them.
const assets = join(BUNDLE, 'static/docs');
for (const file of [
  'swagger-ui-dist/swagger-ui.css',
  'swagger-ui-dist/swagger-ui-bundle.js',
  'redoc/bundles/redoc.standalone.js',
])
  cpSync(inPackages(file), join(assets, basename(file)));
rmSync(BUILT, { recursive: true });
renameSync(BUNDLE, BUILT);
